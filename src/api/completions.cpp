// POST /v1/completions, /v1/embeddings and /v1/rerank: dialects for texts without roles.
#include "wire/openai/completions.hpp"

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/openai/embeddings.hpp"

namespace entente::api {

Task<> complete_text(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::CompletionRequest request, wire::decode_completion_request(body, context.model_in_path));
  body = {};

  Instant now = services.clock->now();
  wire::CompletionHead head{.id = make_id("cmpl", now),
                            .created = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(),
                            .model = request.work.model,
                            .logprobs = request.work.logprobs.has_value()};
  std::uint32_t choices = static_cast<std::uint32_t>(request.work.prompts.size()) * request.work.choices;
  if (request.stream) {
    wire::CompletionChunks chunks(std::move(head), choices, request.include_usage);
    co_return co_await answer_streamed(context, services, std::move(request.work), chunks);
  }
  wire::Completion completion(std::move(head), choices);
  co_return co_await answer_whole(context, services, std::move(request.work), completion);
}

Task<> embed_texts(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::EmbeddingRequest request, wire::decode_embedding_request(body, context.model_in_path));
  body = {};
  wire::Embeddings answer(make_id("embd", services.clock->now()), request.work.model, request.work.inputs.size(),
                          request.base64);
  co_return co_await answer_whole(context, services, std::move(request.work), answer);
}

Task<> rerank_documents(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::RerankRequest request, wire::decode_rerank_request(body));
  body = {};
  wire::Reranked answer(make_id("rrk", services.clock->now()), request);
  co_return co_await answer_whole(context, services, std::move(request.work), answer);
}

}  // namespace entente::api
