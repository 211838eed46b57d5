#include "local/scheduling/speed.hpp"

#include <algorithm>
#include <functional>
#include <ranges>

namespace entente::local {

namespace {
constexpr double newest = 0.1;          // weight of a step in a moving mean
constexpr double first_decode = 0.05;   // before anything was measured: slow, so that the first promises are kept
constexpr double first_proposed = 0.3;  // of an answer's own token
constexpr double hope = 0.005;          // what was dear once is tried again after some hundred steps
}  // namespace

void Speed::learn(const Step& step, double seconds) {
  ++learnt_;
  if (step.prompts.empty()) {
    if (step.answers == 0) return;
    if (step.proposed > 0) return learn_proposed(step, seconds);
    if (decode_.size() <= step.answers) {
      decode_.resize(step.answers + 1);
      plain_steps_.resize(step.answers + 1);
    }
    ++plain_steps_[step.answers];
    double& mean = decode_[step.answers];
    // A hiccup of the machine is not its speed.
    double taken = mean > 0 ? std::min(seconds, 4 * mean) : seconds;
    mean = mean > 0 ? (1 - newest) * mean + newest * taken : seconds;
    if (step.answers < proposed_.size() && proposed_[step.answers] > 0) {
      double& price = proposed_[step.answers];
      price += hope * (first_proposed * mean / step.answers - price);
    }
    return;
  }
  double taken =
      std::max(0.0, seconds - decode_seconds(step.answers) - step.proposed * proposed_token_seconds(step.answers));
  std::vector<double> parts;  // what each piece should have taken
  parts.reserve(step.prompts.size());
  for (const Piece& piece : step.prompts) parts.push_back(this->seconds(piece));
  double expected = std::ranges::fold_left(parts, 0.0, std::plus());
  if (auto others = static_cast<double>(parts.size() - 1); others > 0) {
    double more = std::clamp((taken - expected) / others, 0.0, expected);
    another_prompt_ = (1 - newest) * another_prompt_ + newest * more;
    taken = std::max(taken - others * another_prompt_, 0.0);
  }
  for (auto [piece, part] : std::views::zip(step.prompts, parts))
    prompts_.learn(piece.tokens, piece.depth, taken * part / expected);
}

void Speed::learn_proposed(const Step& step, double seconds) {
  if (proposed_.size() <= step.answers) proposed_.resize(step.answers + 1);
  double decode = decode_seconds(step.answers);
  double taken = std::clamp((seconds - decode) / step.proposed, 0.01 * decode / step.answers, 4 * decode);
  double& price = proposed_[step.answers];
  price = price > 0 ? (1 - newest) * price + newest * taken : taken;
}

double Speed::proposed_token_seconds(std::uint32_t answers) const {
  if (answers == 0) return 0;
  if (answers < proposed_.size() && proposed_[answers] > 0) return proposed_[answers];
  return first_proposed * decode_seconds(answers) / answers;
}

double Speed::least_rightness(std::uint32_t answers, double making) const {
  if (!known() || answers == 0) return 2;
  // Tokens a second without any, and a little more: what is gained must be worth the trouble.
  return 1.1 * (proposed_token_seconds(answers) + making) * answers / decode_seconds(answers);
}

std::uint32_t Speed::proposals_that_pay(double rightness, std::uint32_t answers, std::uint32_t most) const {
  double least = least_rightness(answers);
  std::uint32_t count = 0;
  for (double right = rightness; right > least && count < most; right *= rightness) ++count;
  return count;
}

double Speed::decode_seconds(std::uint32_t answers) const {
  if (answers == 0) return 0;
  if (answers < decode_.size() && decode_[answers] > 0) return decode_[answers];
  // The nearest count that was seen; more answers cost at most in proportion, fewer at most as much.
  for (std::uint32_t fewer = std::min<std::uint32_t>(answers, static_cast<std::uint32_t>(decode_.size()));
       fewer-- > 1;) {
    if (decode_[fewer] > 0) return decode_[fewer] * answers / fewer;
  }
  for (std::uint32_t more = answers + 1; more < decode_.size(); ++more) {
    if (decode_[more] > 0) return decode_[more];
  }
  return first_decode;
}

double Speed::seconds(const Step& step) const {
  double prompts = 0;
  for (const Piece& piece : step.prompts) prompts += seconds(piece);
  if (step.prompts.size() > 1) prompts += another_prompt_ * static_cast<double>(step.prompts.size() - 1);
  return decode_seconds(step.answers) + step.proposed * proposed_token_seconds(step.answers) + prompts;
}

std::uint32_t Speed::proposals_within(double seconds, std::uint32_t answers) const {
  if (seconds <= 0 || answers == 0) return 0;
  return static_cast<std::uint32_t>(std::min(seconds / proposed_token_seconds(answers), 1e6));
}

std::uint32_t Speed::prompt_tokens_within(double seconds, std::uint32_t answers, double depth) const {
  return prompts_.tokens_within(seconds - decode_seconds(answers), depth);
}

}  // namespace entente::local
