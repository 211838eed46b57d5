// OpenAI's chat/completions dialect: request bytes to Chat, Events to response bytes.
//
// decode_chat_request() checks every parameter's type and range and names the one at fault; nothing that would change
// the answer is dropped in silence: what this version cannot do is refused by name, what has no effect here is
// accepted, a misspelled parameter is an error with a suggestion, and what others may understand is passed. Reference:
// OpenAI API reference, "Create chat completion" and "The chat completion chunk object". Extensions of other servers:
// top_k, min_p, repetition_penalty (vLLM), repeat_penalty (llama.cpp) are accepted; thoughts are sent, and taken back,
// as reasoning_content (DeepSeek). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/gathered.hpp"

namespace entente::wire {

struct ChatRequest {
  Chat chat;
  bool stream = false;
  bool include_usage = false;  // stream_options.include_usage
};

// `model`: the one that the path names, where the dialect has it there (Azure).
Result<ChatRequest> decode_chat_request(std::string_view body, std::string_view model = {});

// What stands on every chunk and on the whole answer.
struct AnswerHead {
  std::string id;            // "chatcmpl-…"
  std::int64_t created = 0;  // seconds since 1970, the same on every chunk of an answer
  std::string model;         // the name the client asked for
  bool logprobs = false;
};

// The first delta of each choice carries the role; the chunk with usage has `choices: []`; end() writes the [DONE]
// frame.
class ChatChunks final : public StreamedAnswer {
 public:
  ChatChunks(AnswerHead head, std::uint32_t choices, bool include_usage);
  void append(std::string& out, const Event& event) override;
  void end(std::string& out) override;
  void fail(std::string& out, const Error& error) override;

 private:
  AnswerHead head_;
  std::uint32_t choices_;
  bool include_usage_;
  std::string prefix_;  // the members that never change, written once
};

class ChatCompletion final : public WholeAnswer {
 public:
  ChatCompletion(AnswerHead head, std::uint32_t choices) : head_(std::move(head)), gathered_(choices) {}
  void add(const Event& event) override { gathered_.add(event); }
  std::string body() const override;

 private:
  AnswerHead head_;
  Gathered gathered_;
};

}  // namespace entente::wire
