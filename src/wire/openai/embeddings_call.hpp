// Embeddings asked of OpenAI, Azure, Mistral and whoever speaks that dialect: a call as JSON, its whole answer to
// Events. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/vectors_reply.hpp"

namespace entente::wire {

struct EmbeddingsForm {
  std::string_view dimensions = "dimensions";  // what the parameter is called
  bool encoding_format = true, end_user = false;
};

std::string encode_embeddings_call(const Embed& work, std::string_view model, const EmbeddingsForm& form);

class EmbeddingsReply final : public VectorsReply {
 public:
  using VectorsReply::VectorsReply;

 private:
  Result<> read(std::string_view document) override;
};

}  // namespace entente::wire
