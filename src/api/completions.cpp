// POST /v1/completions, /v1/embeddings and /v1/rerank: dialects for texts without roles.
#include "wire/openai/completions.hpp"

#include "api/answer.hpp"
#include "api/read_work.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/openai/embeddings.hpp"

namespace entente::api {

Result<ReadWork> read_completion(std::string_view body, const std::string& model_in_path, Instant now) {
  TRY_ASSIGN(wire::CompletionRequest request, wire::decode_completion_request(body, model_in_path));
  wire::CompletionHead head{.id = make_id("cmpl", now),
                            .created = unix_seconds(now),
                            .model = request.work.model,
                            .logprobs = request.work.logprobs.has_value()};
  auto choices = static_cast<std::uint32_t>(request.work.prompts.size()) * request.work.choices;
  ReadWork read{.work = std::make_shared<Work>(std::move(request.work)), .streamed = {}, .whole = {}};
  if (request.stream) {
    read.streamed = std::make_unique<wire::CompletionChunks>(std::move(head), choices, request.include_usage);
  } else {
    read.whole = std::make_unique<wire::Completion>(std::move(head), choices);
  }
  return read;
}

Result<ReadWork> read_embedding(std::string_view body, const std::string& model_in_path, Instant now) {
  TRY_ASSIGN(wire::EmbeddingRequest request, wire::decode_embedding_request(body, model_in_path));
  auto answer = std::make_unique<wire::Embeddings>(make_id("embd", now), request.work.model, request.work.inputs.size(),
                                                   request.base64);
  return ReadWork{.work = std::make_shared<Work>(std::move(request.work)), .streamed = {}, .whole = std::move(answer)};
}

Result<ReadWork> read_rerank(std::string_view body, const std::string&, Instant now) {
  TRY_ASSIGN(wire::RerankRequest request, wire::decode_rerank_request(body));
  auto answer = std::make_unique<wire::Reranked>(make_id("rrk", now), request);
  return ReadWork{.work = std::make_shared<Work>(std::move(request.work)), .streamed = {}, .whole = std::move(answer)};
}

Task<> complete_text(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_completion);
}

Task<> embed_texts(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_embedding);
}

Task<> rerank_documents(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_rerank);
}

}  // namespace entente::api
