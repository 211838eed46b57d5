// The streamed answer of Anthropic's Messages to Events. message_stop ends it; anything else is a cut. Pure.
//
// Anthropic counts cached tokens beside the input; here they are a part of the prompt, counted once.
#pragma once

#include "wire/reply.hpp"
#include "wire/sse_reader.hpp"

namespace entente::wire {

class MessagesReply final : public ReplyDecoder {
 public:
  explicit MessagesReply(std::uint64_t prompt_bytes) : ReplyDecoder(1, prompt_bytes) {}

 private:
  struct Said;
  Result<> take(std::string_view bytes) override;
  Result<> apply(const Said& said);
  bool may_end() const override { return false; }

  SseReader events_;
  Usage usage_;
  std::int64_t input_ = 0, created_ = 0;
};

}  // namespace entente::wire
