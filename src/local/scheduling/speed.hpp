// Speed: how long steps take on this machine, learnt from the steps themselves.
//
// A step's time is taken as   decode(n) + prompt tokens × (a + b × depth):   n running answers cost what they cost
// without a prompt beside them, and a prompt's token costs more the more there is before it. decode(n) is a moving mean
// per n, a and b a least-squares fit that forgets. Proposed tokens (prompt_lookup.hpp, drafter.hpp) that are
// checked beside n answers have a price of their own per n. Depth is in tokens. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace entente::local {

class Speed {
 public:
  struct Step {
    std::uint32_t answers = 0;   // each one token
    std::uint32_t proposed = 0;  // tokens beyond that, proposed and checked
    std::uint32_t prompt_tokens = 0;
    double prompt_depth = 0;  // mean position of those tokens
  };

  void learn(const Step& step, double seconds);

  // Whether enough was measured to promise anything.
  bool known() const { return learnt_ >= 20 && pp_ > 0; }

  // Whether steps of so many answers and nothing else were seen often enough to compare others with them.
  bool knows(std::uint32_t answers) const { return answers < plain_steps_.size() && plain_steps_[answers] >= 8; }

  double seconds(const Step& step) const;
  // The most prompt tokens whose step with `answers` beside them stays within `seconds`; can be 0.
  std::uint32_t prompt_tokens_within(double seconds, std::uint32_t answers, double depth) const;
  // How likely a proposed token must be right to be worth checking beside `answers`: one more then gives more tokens a
  // second than the step gives without. `making` is what it costs to propose it, in seconds. Above 1: none is.
  double least_rightness(std::uint32_t answers, double making = 0) const;
  // How many are worth it, each right with the probability `rightness` if those before it were. 0 when none is.
  std::uint32_t proposals_that_pay(double rightness, std::uint32_t answers, std::uint32_t most) const;

 private:
  void learn_proposed(const Step& step, double seconds);
  double decode_seconds(std::uint32_t answers) const;
  double prompt_token_seconds(double depth) const;
  double proposed_token_seconds(std::uint32_t answers) const;

  std::uint64_t learnt_ = 0;                // steps
  std::vector<double> proposed_;            // seconds of a proposed token, by answers; 0: not seen yet
  std::vector<double> decode_;              // by answers; 0: not seen yet
  std::vector<std::uint32_t> plain_steps_;  // of which those were learnt
  // Sums of the fit y = a·p + b·p·d, with old steps fading.
  double pp_ = 0, ppd_ = 0, ppdd_ = 0, py_ = 0, pdy_ = 0;
};

}  // namespace entente::local
