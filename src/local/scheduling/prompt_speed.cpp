#include "local/scheduling/prompt_speed.hpp"

#include <algorithm>

namespace entente::local {

namespace {

// Of older steps. Fast: a straight line fits the depths that a prompt goes through one after the other, not all of them
// at once, because what no longer fits into the processor's caches costs more.
constexpr double fading = 0.93;
constexpr double most_weight = 16;  // of a step: what its few tokens cost beside the computing is not their price
constexpr double first_prompt_token = 0.005;  // before anything was measured: slow, so that the first promises are kept
constexpr std::uint32_t most = 1 << 16;       // tokens of a piece that anybody asks for

// Tokens that look at what stands before the piece, and the places of tiles that are not full: each thread's part of a
// piece ends in such.
double lookers(std::uint32_t tokens) { return tokens < PromptSpeed::tile ? tokens : tokens + PromptSpeed::tile; }

}  // namespace

void PromptSpeed::learn(std::uint32_t tokens, double depth, double seconds) {
  if (tokens == 0) return;
  (tokens < tile ? small_ : large_).learn(tokens, lookers(tokens) * depth, depth, seconds);
}

// Where one of the two has not seen such a depth, the other's is looked at, too, and the dearer one believed: a step
// that is much too long leaves others waiting.
double PromptSpeed::seconds(std::uint32_t tokens, double depth) const {
  const Fit& own = tokens < tile ? small_ : large_;
  const Fit& other = tokens < tile ? large_ : small_;
  if (!known()) return tokens * first_prompt_token;
  double by_other = tokens * (other.price().token + other.price().look * depth);
  if (!own.known()) return by_other;
  double by_own = tokens * own.price().token + lookers(tokens) * depth * own.price().look;
  return own.knows(depth) || !other.known() ? by_own : std::max(by_own, by_other);
}

std::uint32_t PromptSpeed::tokens_within(double seconds, double depth) const {
  if (seconds <= 0) return 0;
  auto fits = [&](std::uint32_t tokens) { return this->seconds(tokens, depth + tokens / 2.0) <= seconds; };
  // More tokens take longer, but that the smallest large piece may take less than the largest small one.
  std::uint32_t least = fits(tile) ? tile : 0, too_many = least > 0 ? most : tile;
  while (least + 1 < too_many) {
    std::uint32_t middle = (least + too_many) / 2;
    (fits(middle) ? least : too_many) = middle;
  }
  return least;
}

void PromptSpeed::Fit::learn(double tokens, double looks, double depth, double seconds) {
  for (double* sum : {&w_, &l_, &ll_, &y_, &yl_, &deepest_}) *sum *= fading;
  deepest_ = std::max(deepest_, depth);
  double weight = std::min(tokens, most_weight), look = looks / tokens, second = seconds / tokens;
  w_ += weight;
  l_ += weight * look;
  ll_ += weight * look * look;
  y_ += weight * second;
  yl_ += weight * second * look;
}

PromptSpeed::Price PromptSpeed::Fit::price() const {
  if (!known()) return {};
  double determinant = w_ * ll_ - l_ * l_;
  if (determinant > 1e-6 * w_ * ll_) {
    double look = (w_ * yl_ - l_ * y_) / determinant;
    double token = (y_ - look * l_) / w_;
    if (look > 0 && token > 0) return {.token = token, .look = look};
    if (look > 0) return {.look = yl_ / ll_};  // all of it: tokens themselves cost nothing that could be seen
  }
  return {.token = std::max(y_ / w_, 1e-7)};
}

}  // namespace entente::local
