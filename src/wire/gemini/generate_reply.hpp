// The streamed answer of Google Gemini's streamGenerateContent (alt=sse) to Events. There is no last word: an answer is
// whole when HTTP's body ended and every candidate said its finishReason. Thoughts are counted beside the candidates'
// tokens there; here they are a part of the completion, counted once. Pure.
#pragma once

#include <vector>

#include "wire/reply.hpp"
#include "wire/sse_reader.hpp"

namespace entente::wire {

class GenerateReply final : public ReplyDecoder {
 public:
  GenerateReply(std::uint32_t choices, std::uint64_t prompt_bytes)
      : ReplyDecoder(choices, prompt_bytes), calls_(choices) {}

 private:
  Result<> take(std::string_view bytes) override;

  SseReader events_;
  std::vector<std::int64_t> calls_;  // of each candidate, so far
};

}  // namespace entente::wire
