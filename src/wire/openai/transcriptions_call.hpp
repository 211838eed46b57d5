// Speech to be written down by OpenAI, Azure and whoever speaks that dialect: a call as a form, its answer (a document,
// plain text, or events) to Events. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/multipart.hpp"
#include "wire/openai/media_reply.hpp"

namespace entente::wire {

FormCall encode_transcription_call(const Transcribe& work, std::string_view model);

// For the forms that are JSON, and streams.
class TranscriptReply final : public MediaReply {
 public:
  explicit TranscriptReply(std::uint64_t prompt_bytes) : MediaReply(1, prompt_bytes) {}

 private:
  Result<> read_document(const Json& document) override;
  Result<> read_event(const Json& event) override;
  Result<> told(const Json& of, TranscriptDetails details);

  bool said_ = false;
};

// For the forms that are text: all of it is the transcript.
class TranscriptText final : public ReplyDecoder {
 public:
  explicit TranscriptText(std::uint64_t prompt_bytes) : ReplyDecoder(1, prompt_bytes) {}

 private:
  Result<> take(std::string_view bytes) override;
  Result<> at_end() override;

  std::string gathered_;
};

}  // namespace entente::wire
