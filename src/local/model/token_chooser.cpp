#include "local/model/token_chooser.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "base/crypto.hpp"
#include "local/model/vector_math.hpp"

namespace entente::local {

namespace {

// Each choice of one request draws numbers of its own.
std::uint64_t seed_of(const std::optional<std::uint64_t>& seed, std::uint32_t choice) {
  std::uint64_t bits = 0;
  if (seed) {
    bits = *seed;
  } else {
    random_bytes({reinterpret_cast<std::uint8_t*>(&bits), sizeof bits});
  }
  return bits + choice * 0x9E3779B97F4A7C15ULL;
}

// What makes some tokens likelier or less likely, whatever the draw: biases and penalties. They touch few tokens of a
// vocabulary, so only those are kept.
class Adjustments {
 public:
  Adjustments(const Sampling& sampling, std::span<const Token> prompt) : sampling_(sampling) {
    if (sampling_.repetition_penalty != 1.0) {
      for (Token token : prompt) {
        if (token >= 0) ++counts_[token].seen;  // others are parts of pictures
      }
    }
  }

  bool none() const {
    return sampling_.logit_bias.empty() && sampling_.repetition_penalty == 1.0 && sampling_.frequency_penalty == 0.0 &&
           sampling_.presence_penalty == 0.0;
  }

  void said(Token token) {
    Count& count = counts_[token];
    ++count.seen;
    ++count.said;
  }

  void apply(std::span<float> logits) const {
    for (auto [token, bias] : sampling_.logit_bias) logits[static_cast<std::size_t>(token)] += static_cast<float>(bias);
    auto repetition = static_cast<float>(sampling_.repetition_penalty);
    for (const auto& [token, count] : counts_) {
      float& logit = logits[static_cast<std::size_t>(token)];
      logit = logit > 0 ? logit / repetition : logit * repetition;
      if (count.said == 0) continue;
      logit -= static_cast<float>(count.said * sampling_.frequency_penalty + sampling_.presence_penalty);
    }
  }

 private:
  struct Count {
    std::uint32_t seen = 0;  // in prompt and answer
    std::uint32_t said = 0;  // in the answer
  };
  const Sampling sampling_;
  std::map<Token, Count> counts_;
};

// A token with its weight: e^((logit - largest) / temperature), so that the likeliest has 1.
struct Candidate {
  Token token = 0;
  float weight = 0;
};

// Tokens whose weight is at least `least`, heaviest first.
void gather(std::span<const float> weights, float least, std::vector<Candidate>& out) {
  out.clear();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] >= least && weights[i] > 0) out.push_back({static_cast<Token>(i), weights[i]});
  }
  std::ranges::stable_sort(out, std::ranges::greater(), &Candidate::weight);
}

class Drawer final : public TokenChooser {
 public:
  Drawer(const Sampling& sampling, std::uint32_t choice, std::span<const Token> prompt)
      : adjustments_(sampling, prompt),
        temperature_(sampling.temperature.value_or(1)),
        top_p_(sampling.top_p.value_or(1)),
        min_p_(sampling.min_p),
        top_k_(sampling.top_k),
        random_(seed_of(sampling.seed, choice)) {}

  Token choose(std::span<const float> logits, const Allowed* allowed) override {
    bool plain = adjustments_.none();
    if (!plain) {
      adjusted_.assign(logits.begin(), logits.end());
      adjustments_.apply(adjusted_);
    }
    Token token = draw(plain ? logits : adjusted_);
    if (allowed && !allowed->allows(token)) {
      if (plain) adjusted_.assign(logits.begin(), logits.end());
      allowed->strike_out_others(adjusted_);
      token = draw(adjusted_);
      if (!allowed->allows(token)) return -1;
    }
    if (!plain) adjustments_.said(token);
    return token;
  }

 private:
  Token draw(std::span<const float> logits) {
    std::size_t likeliest = index_of_largest(logits);
    if (temperature_ == 0) return static_cast<Token>(likeliest);
    weights_.resize(logits.size());
    double scale = std::min(1 / temperature_, 1e6);
    double sum = exponentials(logits, logits[likeliest], static_cast<float>(scale), weights_);
    bool all = top_k_ == 0 && top_p_ >= 1 && min_p_ <= 0;
    return all ? draw_from_all(sum) : draw_from_few(sum, static_cast<Token>(likeliest));
  }

  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  Token draw_from_all(double sum) {
    double left = uniform() * sum;
    std::size_t last = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (weights_[i] <= 0) continue;
      last = i;
      left -= static_cast<double>(weights_[i]);
      if (left < 0) break;
    }
    return static_cast<Token>(last);
  }

  // Most of a vocabulary weighs next to nothing: the few that could be drawn are looked for from the top down, until
  // what top_k, top_p and min_p leave is among them.
  Token draw_from_few(double sum, Token likeliest) {
    constexpr float first_look = 1e-2F, step = 1e-2F;
    auto floor = static_cast<float>(min_p_);
    for (float least = first_look;; least *= step) {
      bool last_look = least < 1e-30F;
      float from = std::max(last_look ? 0.0F : least, floor);
      gather(weights_, from, candidates_);
      if (narrow(sum, from <= floor || last_look)) break;
    }
    double whole = 0;
    for (const Candidate& candidate : candidates_) whole += static_cast<double>(candidate.weight);
    double left = uniform() * whole;
    for (const Candidate& candidate : candidates_) {
      left -= static_cast<double>(candidate.weight);
      if (left < 0) return candidate.token;
    }
    return candidates_.empty() ? likeliest : candidates_.back().token;
  }

  // Cuts the candidates to what top_k and top_p leave; false when that may be more than was gathered.
  bool narrow(double sum, bool complete) {
    if (top_k_ > 0 && candidates_.size() < top_k_ && !complete) return false;
    if (top_k_ > 0 && candidates_.size() > top_k_) candidates_.resize(top_k_);
    if (top_p_ >= 1) return top_k_ > 0 || complete;
    if (top_k_ > 0) {  // a part of what the first k weigh, not of everything
      sum = 0;
      for (const Candidate& candidate : candidates_) sum += static_cast<double>(candidate.weight);
    }
    double goal = top_p_ * sum, reached = 0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      reached += static_cast<double>(candidates_[i].weight);
      if (reached < goal) continue;
      candidates_.resize(i + 1);
      return true;
    }
    return complete || top_k_ > 0;
  }

  Adjustments adjustments_;
  const double temperature_, top_p_, min_p_;
  const std::uint32_t top_k_;
  std::mt19937_64 random_;
  std::vector<float> adjusted_, weights_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::unique_ptr<TokenChooser> make_chooser(const Sampling& sampling, std::uint32_t choice,
                                           std::span<const Token> prompt) {
  return std::make_unique<Drawer>(sampling, choice, prompt);
}

std::vector<ScoredToken> score(std::span<const float> logits, Token chosen, std::uint32_t top) {
  double most = static_cast<double>(logits[index_of_largest(logits)]);
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
