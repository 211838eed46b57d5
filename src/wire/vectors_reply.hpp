// VectorsReply: for the decoders of answers that are one JSON document of vectors. It gathers the document, has read()
// take it apart when it is whole, and holds it to what was asked: one vector for each input, all of one size, of
// length 1. One task, like every decoder (reply.hpp).
#pragma once

#include <string>
#include <vector>

#include "wire/reply.hpp"

namespace entente::wire {

class VectorsReply : public ReplyDecoder {
 public:
  VectorsReply(std::size_t inputs, std::uint64_t prompt_bytes)
      : ReplyDecoder(0, prompt_bytes), prompt_bytes_(prompt_bytes), vectors_(inputs) {}

 protected:
  // Fills vectors_ and, where the maker says it, used_.
  virtual Result<> read(std::string_view document) = 0;
  Result<std::vector<float>*> vector(std::int64_t index);

  std::optional<Usage> used_;

 private:
  Result<> take(std::string_view bytes) override;
  Result<> at_end() override;

  const std::uint64_t prompt_bytes_;
  std::vector<std::vector<float>> vectors_;
  std::string gathered_;
};

}  // namespace entente::wire
