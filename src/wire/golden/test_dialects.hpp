// For golden tests: each dialect that the server speaks, as what is done with one request of it: decode it, and write
// its answer as a stream and whole. Ids and times are fixed. A stopwatch goes on by a millisecond at each look.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "wire/answer.hpp"
#include "wire/anthropic/error.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/golden/test_trace.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/embeddings.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/responses.hpp"

namespace entente::wire::golden {

struct Asked {
  std::string trace;  // of what the request was understood as
  std::uint32_t choices = 1;
  std::unique_ptr<StreamedAnswer> stream;  // null: the dialect has none
  std::unique_ptr<WholeAnswer> whole;
};

struct Dialect {
  std::string_view folder;  // of tests/golden
  Result<Asked> (*ask)(std::string_view body);
  std::string (*failure)(const Error& error);  // the body instead of a whole answer
  // How a stream says that it is whole: names of events, or the data of one; lines of JSON have "done".
  std::span<const std::string_view> last_words;
};

constexpr std::int64_t created = 1'764'201'600;

inline std::string flags(std::initializer_list<std::pair<std::string_view, bool>> named) {
  std::string out;
  for (auto [name, on] : named) {
    if (on) out.append(name).append("\n");
  }
  return out;
}

inline Result<Asked> ask_chat(std::string_view body) {
  TRY_ASSIGN(ChatRequest request, decode_chat_request(body));
  AnswerHead head{
      .id = "chatcmpl-1", .created = created, .model = request.chat.model, .logprobs = request.chat.logprobs};
  std::uint32_t choices = request.chat.choices;
  return Asked{.trace = trace_of(request.chat) +
                        flags({{"as a stream", request.stream}, {"with usage in it", request.include_usage}}),
               .choices = choices,
               .stream = std::make_unique<ChatChunks>(head, choices, request.include_usage),
               .whole = std::make_unique<ChatCompletion>(head, choices)};
}

inline Result<Asked> ask_completions(std::string_view body) {
  TRY_ASSIGN(CompletionRequest request, decode_completion_request(body));
  CompletionHead head{
      .id = "cmpl-1", .created = created, .model = request.work.model, .logprobs = request.work.logprobs.has_value()};
  auto choices = static_cast<std::uint32_t>(request.work.prompts.size()) * request.work.choices;
  return Asked{.trace = trace_of(request.work) +
                        flags({{"as a stream", request.stream}, {"with usage in it", request.include_usage}}),
               .choices = choices,
               .stream = std::make_unique<CompletionChunks>(head, choices, request.include_usage),
               .whole = std::make_unique<Completion>(head, choices)};
}

inline Result<Asked> ask_responses(std::string_view body) {
  TRY_ASSIGN(ResponsesRequest request, decode_responses_request(body));
  ResponsesHead head{.id = "resp_1",
                     .created = created,
                     .model = request.chat.model,
                     .store = request.store.value_or(false),
                     .expires = created + 86'400,
                     .custom = request.custom,
                     .spaced = request.spaced,
                     .repeated = request.repeated};
  std::string trace = trace_of(request.chat) + flags({{"the first message is the instructions", request.instructed},
                                                      {"as a stream", request.stream},
                                                      {"is kept", request.store.value_or(false)}});
  if (!request.previous.empty()) trace += "goes on from " + in_quotes(request.previous) + "\n";
  for (const InputItem& item : request.input) trace += "input " + in_quotes(item.id) + " " + item.json + "\n";
  for (const std::string& name : request.custom) trace += "custom tool " + name + "\n";
  for (const auto& [name, spaced] : request.spaced)
    trace += "tool " + name + " is " + spaced.name + " of " + spaced.space + "\n";
  return Asked{.trace = std::move(trace),
               .stream = std::make_unique<ResponsesStream>(head),
               .whole = std::make_unique<ResponsesAnswer>(head)};
}

inline Result<Asked> ask_messages(std::string_view body) {
  TRY_ASSIGN(MessagesRequest request, decode_messages_request(body));
  MessagesHead head{.id = "msg_1", .model = request.chat.model, .thoughts = request.thoughts};
  return Asked{.trace = trace_of(request.chat) +
                        flags({{"as a stream", request.stream}, {"thoughts are shown", request.thoughts}}),
               .stream = std::make_unique<MessagesStream>(head),
               .whole = std::make_unique<MessagesAnswer>(head)};
}

inline OllamaHead ollama_head(std::string model, bool generates) {
  return {.model = std::move(model),
          .created_at = "2025-11-27T00:00:00Z",
          .generates = generates,
          .stopwatch = [at = std::chrono::milliseconds(0)]() mutable { return at += std::chrono::milliseconds(1); }};
}

inline Result<Asked> ask_ollama(Result<OllamaRequest> decoded, bool generates) {
  TRY_ASSIGN(OllamaRequest request, std::move(decoded));
  return Asked{.trace = trace_of(request.work) +
                        flags({{"as a stream", request.stream}, {"only loads the model", request.only_load}}),
               .stream = std::make_unique<OllamaStream>(ollama_head(model_of(request.work), generates)),
               .whole = std::make_unique<OllamaAnswer>(ollama_head(model_of(request.work), generates))};
}

inline Result<Asked> ask_vectors(std::string_view body) {
  TRY_ASSIGN(EmbeddingRequest request, decode_embedding_request(body));
  std::size_t inputs = request.work.inputs.size();
  return Asked{.trace = trace_of(request.work) + flags({{"in base64", request.base64}}),
               .whole = std::make_unique<Embeddings>("embd-1", request.work.model, inputs, request.base64)};
}

inline Result<Asked> ask_ollama_vectors(Result<Embed> decoded, bool single) {
  TRY_ASSIGN(Embed work, std::move(decoded));
  auto whole = std::make_unique<OllamaVectors>(ollama_head(work.model, false), work.inputs.size(), single);
  return Asked{.trace = trace_of(std::move(work)), .whole = std::move(whole)};
}

inline Result<Asked> ask_rerank(std::string_view body) {
  TRY_ASSIGN(RerankRequest request, decode_rerank_request(body));
  std::string trace = trace_of(request.work) + flags({{"documents are shown", request.documents}});
  if (request.best) trace += std::format("the best {}\n", *request.best);
  return Asked{.trace = std::move(trace), .whole = std::make_unique<Reranked>("rerank-1", request)};
}

inline std::string openai_failure(const Error& error) { return encode_openai_error(error); }
inline std::string anthropic_failure(const Error& error) { return encode_anthropic_error(error); }

inline std::span<const Dialect> dialects() {
  static constexpr std::string_view done[] = {"[DONE]"}, message_stop[] = {"message_stop"},
                                    response[] = {"response.completed", "response.incomplete"};
  static constexpr Dialect all[] = {
      {"openai-chat", ask_chat, openai_failure, done},
      {"openai-completions", ask_completions, openai_failure, done},
      {"openai-responses", ask_responses, openai_failure, response},
      {"openai-embeddings", ask_vectors, openai_failure, {}},
      {"anthropic-messages", ask_messages, anthropic_failure, message_stop},
      {"ollama-chat",
       [](std::string_view body) { return ask_ollama(decode_ollama_chat(body), false); },
       encode_ollama_error,
       {}},
      {"ollama-generate",
       [](std::string_view body) { return ask_ollama(decode_ollama_generate(body), true); },
       encode_ollama_error,
       {}},
      {"ollama-embed",
       [](std::string_view body) { return ask_ollama_vectors(decode_ollama_embed(body), false); },
       encode_ollama_error,
       {}},
      {"ollama-embeddings",
       [](std::string_view body) { return ask_ollama_vectors(decode_ollama_embeddings(body), true); },
       encode_ollama_error,
       {}},
      {"jina-rerank", ask_rerank, openai_failure, {}}};
  return all;
}

}  // namespace entente::wire::golden
