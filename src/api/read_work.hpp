// What is read from the body of a request for text: the work that is asked for, and the codec that will write its
// answer. One function for each endpoint, for its route and for lines of batches alike. Pure; errors are the client's
// mistakes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::api {

struct ReadWork {
  std::shared_ptr<Work> work;
  std::unique_ptr<wire::StreamedAnswer> streamed;  // one of the two, as the client wants it
  std::unique_ptr<wire::WholeAnswer> whole;
};

// `model_in_path`: where the dialect names it there, else empty.
using ReadBody = Result<ReadWork>(std::string_view body, const std::string& model_in_path, Instant now);

ReadBody read_chat;        // OpenAI's chat/completions
ReadBody read_completion;  // OpenAI's completions
ReadBody read_embedding;   // OpenAI's embeddings
ReadBody read_rerank;      // Jina's and Cohere's rerank
ReadBody read_message;     // Anthropic's messages

}  // namespace entente::api
