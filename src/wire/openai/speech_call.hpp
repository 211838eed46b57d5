// Text to be spoken by OpenAI, Azure and whoever speaks that dialect: a call as JSON, the file that comes to Events.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/reply.hpp"

namespace entente::wire {

std::string encode_speech_call(const Speak& work, std::string_view model);

// The bytes of a file say nothing of tokens: the text's are estimated.
class SpeechReply final : public ReplyDecoder {
 public:
  explicit SpeechReply(std::uint64_t prompt_bytes) : ReplyDecoder(0, prompt_bytes), prompt_bytes_(prompt_bytes) {}

 private:
  Result<> take(std::string_view bytes) override;
  Result<> at_end() override;

  const std::uint64_t prompt_bytes_;
  bool said_ = false;
};

}  // namespace entente::wire
