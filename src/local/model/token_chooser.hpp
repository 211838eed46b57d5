// How logits become a token, by the parameters of domain/sampling.hpp: bias and penalties, temperature, top_k, top_p,
// min_p in this order, then a draw; temperature 0 takes the likeliest.
//
// Our own rather than libllama's samplers, because every running answer waits while one chooses: those sort and copy
// the whole vocabulary for each token, this looks only at the few tokens that can be drawn (docs/benchmarks.md).
// A logit of -infinity is never drawn.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "domain/event.hpp"
#include "local/model/model.hpp"

namespace entente::local {

// Presence and frequency penalties count what was generated; the repetition penalty counts the prompt too.
std::unique_ptr<TokenChooser> make_chooser(const Sampling& sampling, std::uint32_t choice,
                                           std::span<const Token> prompt);

struct ScoredToken {
  Token token = 0;
  double logprob = 0;
};

// The log-probabilities the model itself gives, before any sampling parameter: of `chosen`, then of the `top`
// likeliest.
std::vector<ScoredToken> score(std::span<const float> logits, Token chosen, std::uint32_t top);

}  // namespace entente::local
