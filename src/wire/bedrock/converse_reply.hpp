// The streamed answer of Amazon Bedrock's ConverseStream to Events. The usage comes behind messageStop and ends it; an
// exception in the stream is its last word. Pure.
#pragma once

#include "wire/bedrock/event_stream.hpp"
#include "wire/reply.hpp"

namespace entente::wire {

class ConverseReply final : public ReplyDecoder {
 public:
  explicit ConverseReply(std::uint64_t prompt_bytes) : ReplyDecoder(1, prompt_bytes) {}

 private:
  Result<> take(std::string_view bytes) override;
  Result<> apply(std::string_view event, std::string_view payload);

  EventStreamReader messages_;
};

// What an exception's name means as a status: "ThrottlingException", "throttlingException".
unsigned status_of_exception(std::string_view name);

}  // namespace entente::wire
