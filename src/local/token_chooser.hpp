// How logits become a token, by the parameters of domain/sampling.hpp: bias and penalties, temperature, top_k, top_p,
// min_p, then a draw; temperature 0 takes the likeliest. Chains of libllama's samplers, one per answer.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "domain/event.hpp"
#include "local/model.hpp"

namespace entente::local {

struct Vocabulary {
  std::uint32_t size = 0;
  std::uint32_t context_tokens = 0;  // how far back the penalties look
};

// Presence and frequency penalties count what was generated; the repetition penalty counts the prompt too.
std::unique_ptr<TokenChooser> make_chooser(const Sampling& sampling, std::uint32_t choice,
                                           std::span<const Token> prompt, Vocabulary vocabulary);

struct ScoredToken {
  Token token = 0;
  double logprob = 0;
};

// The log-probabilities the model itself gives, before any sampling parameter: of `chosen`, then of the `top`
// likeliest.
std::vector<ScoredToken> score(std::span<const float> logits, Token chosen, std::uint32_t top);

}  // namespace entente::local
