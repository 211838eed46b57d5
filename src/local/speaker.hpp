// Speaker: what an answer says next. From the logits of a step to a token, from tokens to text that may be shown, and
// on to the answer's reader. Belongs to the thread that computes.
#pragma once

#include <span>

#include "local/job.hpp"

namespace entente::local {

class Speaker {
 public:
  explicit Speaker(const Model& model) : model_(model) {}

  // Chooses the next token of a choice and tells the reader what follows from it. True when the choice has come to its
  // end.
  bool go_on(Job& job, Choice& choice, std::span<const float> logits) const;

 private:
  TokenChoice explain(std::span<const float> logits, Token token, std::uint32_t top) const;

  const Model& model_;
};

}  // namespace entente::local
