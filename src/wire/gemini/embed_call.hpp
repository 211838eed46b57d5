// Embeddings asked of Gemini (batchEmbedContents): a call as JSON, its whole answer to Events. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/vectors_reply.hpp"

namespace entente::wire {

std::string encode_embed_contents_call(const Embed& work, std::string_view model);

class EmbedContentsReply final : public VectorsReply {
 public:
  using VectorsReply::VectorsReply;

 private:
  Result<> read(std::string_view document) override;
};

}  // namespace entente::wire
