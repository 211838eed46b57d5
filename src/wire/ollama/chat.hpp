// Ollama's dialect: /api/chat and /api/generate, whole or as lines of JSON (NDJSON), which is what they are unless the
// request says otherwise; /api/embed and /api/embeddings.
//
// Durations are nanoseconds. Calls of tools are told whole, their arguments as an object. Log-probabilities are told as
// OpenAI's chat does, in a list beside the text. Reference: Ollama's docs/api.md. Pure: time comes in through a
// Stopwatch.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/gathered.hpp"

namespace entente::wire {

struct OllamaRequest {
  Work work;  // a Chat, or of a "raw" generation a Complete
  bool stream = true;
  bool only_load = false;  // nothing is asked: the model is to be there
};

Result<OllamaRequest> decode_ollama_chat(std::string_view body);
Result<OllamaRequest> decode_ollama_generate(std::string_view body);

Result<Embed> decode_ollama_embed(std::string_view body);       // "input"
Result<Embed> decode_ollama_embeddings(std::string_view body);  // the older form: "prompt"

// Since the request came.
using Stopwatch = std::function<std::chrono::nanoseconds()>;

struct OllamaHead {
  std::string model;
  std::string created_at;  // RFC 3339
  bool generates = false;  // /api/generate: the text is "response", not a message
  Stopwatch stopwatch;
};

struct OllamaTimes {
  std::chrono::nanoseconds begun{}, spoke{};  // when the first event came, and the first word
};

class OllamaStream final : public StreamedAnswer {
 public:
  explicit OllamaStream(OllamaHead head) : head_(std::move(head)) {}
  std::string_view media_type() const override { return "application/x-ndjson"; }
  void append(std::string& out, const Event& event) override;
  void end(std::string& out) override;
  void fail(std::string& out, const Error& error) override;
  void wait(std::string&, std::string_view) override {}  // a line of another kind would confuse clients

 private:
  void tell_call(std::string& out);

  const OllamaHead head_;
  OllamaTimes times_;
  ToolCall call_;  // that is being made; no name: none
  FinishReason finish_ = FinishReason::stop;
  Usage usage_;
};

class OllamaAnswer final : public WholeAnswer {
 public:
  explicit OllamaAnswer(OllamaHead head) : head_(std::move(head)), gathered_(1) {}
  void add(const Event& event) override;
  std::string body() const override;

 private:
  const OllamaHead head_;
  OllamaTimes times_;
  Gathered gathered_;
};

class OllamaVectors final : public WholeAnswer {
 public:
  // `single`: the older form, one vector.
  OllamaVectors(OllamaHead head, std::size_t inputs, bool single)
      : head_(std::move(head)), single_(single), vectors_(inputs) {}
  void add(const Event& event) override;
  std::string body() const override;

 private:
  const OllamaHead head_;
  const bool single_;
  std::vector<std::vector<float>> vectors_;
  Usage usage_;
};

// What is said when a model was only to be loaded.
std::string encode_ollama_loaded(const OllamaHead& head);

std::string encode_ollama_error(const Error& error);

}  // namespace entente::wire
