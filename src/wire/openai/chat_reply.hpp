// The streamed answer of OpenAI's chat/completions, and of the makers and servers that speak it, to Events.
//
// It takes what is out there: calls without an index, arguments as an object, thoughts under three names, usage beside
// the last choice or behind it, an error object in the middle. It does not take an answer that stops: without [DONE]
// every choice must have said its finish_reason. Pure.
#pragma once

#include "wire/reply.hpp"
#include "wire/sse_reader.hpp"

namespace entente::wire {

class ChatReply final : public ReplyDecoder {
 public:
  using ReplyDecoder::ReplyDecoder;

 private:
  Result<> take(std::string_view bytes) override;
  SseReader events_;
};

}  // namespace entente::wire
