// OpenAI's audio/speech: request bytes to Speak, and sound to response bytes: the file itself as it comes, or a stream
// of events that hold it. Reference: OpenAI API reference, "Create speech". Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::wire {

struct SpeechRequest {
  Speak work;
  bool events = false;  // "stream_format": "sse"
};

Result<SpeechRequest> decode_speech_request(std::string_view body, std::string_view model = {});

class SpeechFile final : public StreamedAnswer {
 public:
  explicit SpeechFile(std::string_view format);
  std::string_view media_type() const override { return media_type_; }
  void append(std::string& out, const Event& event) override;
  void end(std::string&) override {}
  void fail(std::string&, const Error&) override {}
  bool can_fail() const override { return false; }
  void wait(std::string&, std::string_view) override {}

 private:
  std::string_view media_type_;
};

class SpeechEvents final : public StreamedAnswer {
 public:
  void append(std::string& out, const Event& event) override;
  void end(std::string&) override {}
  void fail(std::string& out, const Error& error) override;
};

}  // namespace entente::wire
