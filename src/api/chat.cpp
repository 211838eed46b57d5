// POST /v1/chat/completions: OpenAI's chat dialect.
#include "wire/openai/chat.hpp"

#include "api/answer.hpp"
#include "api/read_work.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"

namespace entente::api {

Result<ReadWork> read_chat(std::string_view body, const std::string& model_in_path, Instant now) {
  TRY_ASSIGN(wire::ChatRequest request, wire::decode_chat_request(body, model_in_path));
  wire::AnswerHead head{.id = make_id("chatcmpl", now),
                        .created = unix_seconds(now),
                        .model = request.chat.model,
                        .logprobs = request.chat.logprobs};
  std::uint32_t choices = request.chat.choices;
  ReadWork read{.work = std::make_shared<Work>(std::move(request.chat)), .streamed = {}, .whole = {}};
  if (request.stream) {
    read.streamed = std::make_unique<wire::ChatChunks>(std::move(head), choices, request.include_usage);
  } else {
    read.whole = std::make_unique<wire::ChatCompletion>(std::move(head), choices);
  }
  return read;
}

Task<> complete_chat(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_chat);
}

}  // namespace entente::api
