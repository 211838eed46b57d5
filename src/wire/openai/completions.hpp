// OpenAI's completions dialect: request bytes to Complete, Events to response bytes.
//
// A prompt is a text, tokens, or a list of either; each gets `n` choices, numbered prompt by prompt. With "echo" and
// "logprobs" the prompt's own tokens are told with their log-probabilities, the first without one: what evaluation
// harnesses score with. Reference: OpenAI API reference, "Completions" (legacy). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/gathered.hpp"

namespace entente::wire {

struct CompletionRequest {
  Complete work;
  bool stream = false;
  bool include_usage = false;
};

Result<CompletionRequest> decode_completion_request(std::string_view body, std::string_view model = {});

struct CompletionHead {
  std::string id;            // "cmpl-…"
  std::int64_t created = 0;  // seconds since 1970
  std::string model;         // the name the client asked for
  bool logprobs = false;
};

class CompletionChunks final : public StreamedAnswer {
 public:
  CompletionChunks(CompletionHead head, std::uint32_t choices, bool include_usage);
  void append(std::string& out, const Event& event) override;
  void end(std::string& out) override;
  void fail(std::string& out, const Error& error) override;

 private:
  const CompletionHead head_;
  const bool include_usage_;
  std::vector<std::int64_t> told_;  // characters of each choice so far, for text_offset
};

class Completion final : public WholeAnswer {
 public:
  Completion(CompletionHead head, std::uint32_t choices) : head_(std::move(head)), gathered_(choices) {}
  void add(const Event& event) override { gathered_.add(event); }
  std::string body() const override;

 private:
  const CompletionHead head_;
  Gathered gathered_;
};

}  // namespace entente::wire
