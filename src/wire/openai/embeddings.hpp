// OpenAI's embeddings dialect: request bytes to Embed, vectors to response bytes. "encoding_format": "base64" sends the
// numbers as little-endian 32-bit floats, which is what OpenAI's Python SDK asks for by itself. Reference: OpenAI API
// reference, "Embeddings". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::wire {

struct EmbeddingRequest {
  Embed work;
  bool base64 = false;
};

Result<EmbeddingRequest> decode_embedding_request(std::string_view body, std::string_view model = {});

class Embeddings final : public WholeAnswer {
 public:
  // `id`: which Mistral's SDK asks for, and OpenAI's passes over.
  Embeddings(std::string id, std::string model, std::size_t inputs, bool base64)
      : id_(std::move(id)), model_(std::move(model)), base64_(base64), vectors_(inputs) {}
  void add(const Event& event) override;
  std::string body() const override;

 private:
  const std::string id_, model_;
  const bool base64_;
  std::vector<std::vector<float>> vectors_;
  Usage usage_;
};

}  // namespace entente::wire
