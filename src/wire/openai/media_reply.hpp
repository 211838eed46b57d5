// MediaReply: for the decoders of pictures and transcripts, which come as one JSON document or as a stream of events.
// Which of the two is seen from the first byte: servers pass over "stream" where their model cannot. Pure.
#pragma once

#include <optional>
#include <string>

#include "wire/json.hpp"
#include "wire/reply.hpp"
#include "wire/sse_reader.hpp"

namespace entente::wire {

class MediaReply : public ReplyDecoder {
 public:
  MediaReply(std::uint32_t choices, std::uint64_t prompt_bytes) : ReplyDecoder(choices, prompt_bytes) {}

 protected:
  virtual Result<> read_document(const Json& document) = 0;
  virtual Result<> read_event(const Json& event) = 0;  // its "type" says which; errors do not come here
  bool may_end() const override { return whole_; }
  // What counts as the answer's end came.
  void whole() { whole_ = true; }
  // "usage" as these dialects have it: input_tokens, output_tokens. Nothing where it counts something else.
  static std::optional<Usage> usage_in(const Json& of);

  static std::unexpected<Error> bad(std::string message);

 private:
  Result<> take(std::string_view bytes) override;
  Result<> at_end() override;

  enum class Form { unknown, document, events } form_ = Form::unknown;
  std::string gathered_;
  SseReader events_{most_event};
  bool whole_ = false;

  static constexpr std::size_t most_event = 64 * 1024 * 1024;
};

}  // namespace entente::wire
