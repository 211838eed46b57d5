// The rerank dialect of Jina and Cohere, which others share: request bytes to Rerank, scores to response bytes, the
// best first. Documents are texts, or objects that hold one. Reference: Jina "Reranker API", Cohere "Rerank v2". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::wire {

struct RerankRequest {
  Rerank work;
  std::optional<std::size_t> best;  // "top_n": so many of the results
  bool documents = false;           // "return_documents": each result holds its text
};

Result<RerankRequest> decode_rerank_request(std::string_view body);

class Reranked final : public WholeAnswer {
 public:
  Reranked(std::string id, const RerankRequest& request);
  void add(const Event& event) override;
  std::string body() const override;

 private:
  const std::string id_, model_;
  const std::size_t best_;
  const std::vector<std::string> shown_;  // the documents, where they are wanted
  std::vector<Score> scores_;
  Usage usage_;
};

}  // namespace entente::wire
