#include "local/scheduling/speed.hpp"

#include <algorithm>
#include <cmath>

namespace entente::local {

namespace {
constexpr double newest = 0.1;   // weight of a step in a moving mean
constexpr double fading = 0.97;  // of the fit's older steps
// Before anything was measured: slow, so that the first promises are kept.
constexpr double first_decode = 0.05, first_prompt_token = 0.005;
constexpr double first_proposed = 0.3;  // of an answer's own token
constexpr double hope = 0.005;          // what was dear once is tried again after some hundred steps
}  // namespace

void Speed::learn(const Step& step, double seconds) {
  ++learnt_;
  if (step.prompt_tokens == 0) {
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
  double p = step.prompt_tokens, d = step.prompt_depth;
  double y =
      std::max(0.0, seconds - decode_seconds(step.answers) - step.proposed * proposed_token_seconds(step.answers));
  for (double* sum : {&pp_, &ppd_, &ppdd_, &py_, &pdy_}) *sum *= fading;
  pp_ += p * p;
  ppd_ += p * p * d;
  ppdd_ += p * p * d * d;
  py_ += p * y;
  pdy_ += p * d * y;
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

double Speed::prompt_token_seconds(double depth) const {
  if (pp_ <= 0) return first_prompt_token;
  double mean = py_ / pp_;
  double determinant = pp_ * ppdd_ - ppd_ * ppd_;
  if (determinant > 1e-6 * pp_ * ppdd_) {
    double slope = (pp_ * pdy_ - ppd_ * py_) / determinant;
    if (slope > 0) {
      double base = (py_ - slope * ppd_) / pp_;
      if (base > 0) return base + slope * depth;
    }
  }
  return std::max(mean, 1e-7);
}

double Speed::seconds(const Step& step) const {
  return decode_seconds(step.answers) + step.proposed * proposed_token_seconds(step.answers) +
         step.prompt_tokens * prompt_token_seconds(step.prompt_depth);
}

std::uint32_t Speed::prompt_tokens_within(double seconds, std::uint32_t answers, double depth) const {
  double left = seconds - decode_seconds(answers);
  return left <= 0 ? 0 : static_cast<std::uint32_t>(std::min(left / prompt_token_seconds(depth), 1e6));
}

}  // namespace entente::local
