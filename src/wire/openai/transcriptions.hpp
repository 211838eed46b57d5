// OpenAI's audio/transcriptions and audio/translations: a form with a file to Transcribe, a transcript to response
// bytes: JSON, JSON with times, the text alone, subtitles, or a stream of events. Reference: OpenAI API reference,
// "Audio". Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/multipart.hpp"

namespace entente::wire {

Result<Transcribe> decode_transcription_request(std::string_view content_type, std::string_view body, bool to_english,
                                                std::string_view model = {});
// The form's members without its file.
Result<Transcribe> decode_transcription_members(const Json& members, bool to_english, std::string_view model = {});

class TranscriptAnswer final : public WholeAnswer {
 public:
  explicit TranscriptAnswer(const Transcribe& work);
  void add(const Event& event) override;
  std::string body() const override;
  std::string_view media_type() const override;

 private:
  const std::string form_;
  const bool to_english_, logprobs_;
  std::string text_;
  std::vector<TokenChoice> tokens_;
  TranscriptDetails details_;
  Usage usage_;
};

class TranscriptStream final : public StreamedAnswer {
 public:
  void append(std::string& out, const Event& event) override;
  void end(std::string&) override {}
  void fail(std::string& out, const Error& error) override;

 private:
  std::string text_;
  TranscriptDetails details_;
};

}  // namespace entente::wire
