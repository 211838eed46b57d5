// POST /v1/chat/completions: OpenAI's chat dialect.
#include "wire/openai/chat.hpp"

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"

namespace entente::api {

Task<> complete_chat(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ChatRequest request, wire::decode_chat_request(body, context.model_in_path));
  body = {};

  Instant now = services.clock->now();
  wire::AnswerHead head{.id = make_id("chatcmpl", now),
                        .created = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(),
                        .model = request.chat.model,
                        .logprobs = request.chat.logprobs};
  std::uint32_t choices = request.chat.choices;
  if (request.stream) {
    wire::ChatChunks chunks(std::move(head), choices, request.include_usage);
    co_return co_await answer_streamed(context, services, std::move(request.chat), chunks);
  }
  wire::ChatCompletion completion(std::move(head), choices);
  co_return co_await answer_whole(context, services, std::move(request.chat), completion);
}

}  // namespace entente::api
