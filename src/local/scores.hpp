// Scores: a Rerank's answer, made of the vectors that the engine computes for it.
//
// By closeness: the first vector is the query's, the others those of the documents, all of length 1; a score is their
// product with it, -1 to 1. Otherwise each vector is one number, the score itself, 0 to 1. One reader.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "domain/event_stream.hpp"
#include "local/engine.hpp"

namespace entente::local {

class ScoreStream final : public EventStream {
 public:
  ScoreStream(std::unique_ptr<EventStream> vectors, std::size_t documents, bool by_closeness)
      : vectors_(std::move(vectors)), documents_(documents), by_closeness_(by_closeness) {}
  Task<std::optional<Event>> next() override;
  Usage usage_so_far() const override { return vectors_->usage_so_far(); }

 private:
  void take(Vector& vector);

  const std::unique_ptr<EventStream> vectors_;
  std::vector<std::vector<float>> documents_;  // those that came before the query
  std::vector<float> query_;
  std::vector<Score> ready_;
  const bool by_closeness_;
};

class ScoringTicket final : public Ticket {
 public:
  ScoringTicket(std::unique_ptr<Ticket> vectors, std::size_t documents, bool by_closeness)
      : vectors_(std::move(vectors)), documents_(documents), by_closeness_(by_closeness) {}
  std::chrono::milliseconds expected_wait() const override { return vectors_->expected_wait(); }
  std::int64_t prompt_tokens() const override { return vectors_->prompt_tokens(); }
  std::int64_t most_completion_tokens() const override { return 0; }
  Result<std::unique_ptr<EventStream>> start() override {
    TRY_ASSIGN(auto stream, vectors_->start());
    return std::make_unique<ScoreStream>(std::move(stream), documents_, by_closeness_);
  }

 private:
  const std::unique_ptr<Ticket> vectors_;
  const std::size_t documents_;
  const bool by_closeness_;
};

}  // namespace entente::local
