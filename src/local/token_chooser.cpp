#include "local/token_chooser.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <llama.h>

#include "base/crypto.hpp"

namespace entente::local {

namespace {

struct FreeSampler {
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};
using Sampler = std::unique_ptr<llama_sampler, FreeSampler>;

// libllama draws from 32 bits; each choice of one request gets bits of its own.
std::uint32_t seed_of(const std::optional<std::uint64_t>& seed, std::uint32_t choice) {
  std::uint64_t bits = 0;
  if (seed) {
    bits = *seed;
  } else {
    random_bytes({reinterpret_cast<std::uint8_t*>(&bits), sizeof bits});
  }
  bits += choice * 0x9E3779B97F4A7C15ULL;
  auto folded = static_cast<std::uint32_t>(bits ^ (bits >> 32));
  return folded == LLAMA_DEFAULT_SEED ? 0 : folded;  // that one would be drawn anew
}

class Greedy final : public TokenChooser {
 public:
  Token choose(std::span<const float> logits) override {
    return static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
  }
};

class Chain final : public TokenChooser {
 public:
  Chain(const Sampling& sampling, std::uint32_t choice, std::span<const Token> prompt, Vocabulary vocabulary)
      : chain_(llama_sampler_chain_init({.no_perf = true})), candidates_(vocabulary.size) {
    auto size = static_cast<std::int32_t>(vocabulary.size);
    auto window = static_cast<std::int32_t>(vocabulary.context_tokens);
    if (!sampling.logit_bias.empty()) {
      std::vector<llama_logit_bias> biases;
      for (auto [token, bias] : sampling.logit_bias) biases.push_back({token, static_cast<float>(bias)});
      add(llama_sampler_init_logit_bias(size, static_cast<std::int32_t>(biases.size()), biases.data()));
    }
    if (sampling.repetition_penalty != 1.0) {
      auto* repetition =
          llama_sampler_init_penalties(size, window, static_cast<float>(sampling.repetition_penalty), 0, 0);
      for (Token token : prompt) llama_sampler_accept(repetition, token);
      add(repetition);
    }
    if (sampling.frequency_penalty != 0.0 || sampling.presence_penalty != 0.0) {
      add(llama_sampler_init_penalties(size, window, 1, static_cast<float>(sampling.frequency_penalty),
                                       static_cast<float>(sampling.presence_penalty)));
    }
    double temperature = sampling.temperature.value_or(1), top_p = sampling.top_p.value_or(1);
    if (temperature == 0) {
      add(llama_sampler_init_greedy());
      return;
    }
    if (temperature != 1.0) add(llama_sampler_init_temp(static_cast<float>(temperature)));
    if (sampling.top_k > 0) add(llama_sampler_init_top_k(static_cast<std::int32_t>(sampling.top_k)));
    if (top_p < 1.0) add(llama_sampler_init_top_p(static_cast<float>(top_p), 1));
    if (sampling.min_p > 0.0) add(llama_sampler_init_min_p(static_cast<float>(sampling.min_p), 1));
    add(llama_sampler_init_dist(seed_of(sampling.seed, choice)));
  }

  Token choose(std::span<const float> logits) override {
    for (std::size_t i = 0; i < logits.size(); ++i) candidates_[i] = {static_cast<Token>(i), logits[i], 0};
    llama_token_data_array array{candidates_.data(), candidates_.size(), -1, false};
    llama_sampler_apply(chain_.get(), &array);
    Token token = array.data[array.selected].id;
    llama_sampler_accept(chain_.get(), token);
    return token;
  }

 private:
  void add(llama_sampler* sampler) { llama_sampler_chain_add(chain_.get(), sampler); }

  Sampler chain_;
  std::vector<llama_token_data> candidates_;
};

}  // namespace

std::unique_ptr<TokenChooser> make_chooser(const Sampling& sampling, std::uint32_t choice,
                                           std::span<const Token> prompt, Vocabulary vocabulary) {
  bool plain = sampling.temperature == 0 && sampling.logit_bias.empty() && sampling.repetition_penalty == 1.0 &&
               sampling.frequency_penalty == 0.0 && sampling.presence_penalty == 0.0;
  if (plain) return std::make_unique<Greedy>();
  return std::make_unique<Chain>(sampling, choice, prompt, vocabulary);
}

std::vector<ScoredToken> score(std::span<const float> logits, Token chosen, std::uint32_t top) {
  double most = std::ranges::max(logits);
  double sum = std::transform_reduce(logits.begin(), logits.end(), 0.0, std::plus(),
                                     [most](float logit) { return std::exp(static_cast<double>(logit) - most); });
  double normaliser = most + std::log(sum);
  auto scored = [&](Token token) {
    return ScoredToken{token, static_cast<double>(logits[static_cast<std::size_t>(token)]) - normaliser};
  };
  std::vector<ScoredToken> out{scored(chosen)};
  if (top > 0) {
    std::vector<Token> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    auto middle = order.begin() + std::min<std::ptrdiff_t>(top, std::ssize(order));
    std::ranges::partial_sort(order, middle, std::ranges::greater(),
                              [&](Token token) { return logits[static_cast<std::size_t>(token)]; });
    for (auto at = order.begin(); at != middle; ++at) out.push_back(scored(*at));
  }
  return out;
}

}  // namespace entente::local
