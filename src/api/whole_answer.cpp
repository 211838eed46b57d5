#include "api/whole_answer.hpp"

#include <format>

#include "base/id.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/embeddings.hpp"
#include "wire/openai/responses.hpp"

namespace entente::api {

namespace {

std::unexpected<Error> not_in_a_batch(std::string param) {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::format("'{}' is not possible in a batch. Leave it out.", param),
               .reason = "unsupported_value",
               .param = std::move(param)});
}

std::int64_t seconds(Instant now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

Result<WholeAsked> chat(std::string_view body, Instant now) {
  TRY_ASSIGN(wire::ChatRequest request, wire::decode_chat_request(body));
  if (request.stream) return not_in_a_batch("stream");
  auto answer = std::make_unique<wire::ChatCompletion>(wire::AnswerHead{.id = make_id("chatcmpl", now),
                                                                        .created = seconds(now),
                                                                        .model = request.chat.model,
                                                                        .logprobs = request.chat.logprobs},
                                                       request.chat.choices);
  return WholeAsked{.work = std::move(request.chat), .answer = std::move(answer)};
}

Result<WholeAsked> completion(std::string_view body, Instant now) {
  TRY_ASSIGN(wire::CompletionRequest request, wire::decode_completion_request(body));
  if (request.stream) return not_in_a_batch("stream");
  auto choices = static_cast<std::uint32_t>(request.work.prompts.size()) * request.work.choices;
  auto answer = std::make_unique<wire::Completion>(wire::CompletionHead{.id = make_id("cmpl", now),
                                                                        .created = seconds(now),
                                                                        .model = request.work.model,
                                                                        .logprobs = request.work.logprobs.has_value()},
                                                   choices);
  return WholeAsked{.work = std::move(request.work), .answer = std::move(answer)};
}

Result<WholeAsked> embeddings(std::string_view body, Instant now) {
  TRY_ASSIGN(wire::EmbeddingRequest request, wire::decode_embedding_request(body));
  auto answer = std::make_unique<wire::Embeddings>(make_id("embd", now), request.work.model, request.work.inputs.size(),
                                                   request.base64);
  return WholeAsked{.work = std::move(request.work), .answer = std::move(answer)};
}

Result<WholeAsked> rerank(std::string_view body, Instant now) {
  TRY_ASSIGN(wire::RerankRequest request, wire::decode_rerank_request(body));
  auto answer = std::make_unique<wire::Reranked>(make_id("rrk", now), request);
  return WholeAsked{.work = std::move(request.work), .answer = std::move(answer)};
}

Result<WholeAsked> response(std::string_view body, Instant now) {
  TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  if (request.stream) return not_in_a_batch("stream");
  if (request.store.value_or(false)) return not_in_a_batch("store");
  if (!request.previous.empty()) return not_in_a_batch("previous_response_id");
  TRY(wire::check_response_outputs(request.chat.conversation));
  auto answer = std::make_unique<wire::ResponsesAnswer>(wire::ResponsesHead{.id = make_id("resp", now),
                                                                            .created = seconds(now),
                                                                            .model = request.chat.model,
                                                                            .store = false,
                                                                            .custom = std::move(request.custom),
                                                                            .spaced = std::move(request.spaced),
                                                                            .repeated = std::move(request.repeated)});
  return WholeAsked{.work = std::move(request.chat), .answer = std::move(answer)};
}

}  // namespace

Result<WholeAsked> read_whole_asked(std::string_view endpoint, std::string_view body, Instant now) {
  if (endpoint == "/v1/chat/completions") return chat(body, now);
  if (endpoint == "/v1/completions") return completion(body, now);
  if (endpoint == "/v1/embeddings") return embeddings(body, now);
  if (endpoint == "/v1/rerank") return rerank(body, now);
  if (endpoint == "/v1/responses") return response(body, now);
  return fail(ErrorCode::unsupported, std::format("{} cannot be asked in a batch.", endpoint));
}

}  // namespace entente::api
