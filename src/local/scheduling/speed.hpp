// Speed: how long steps take on this machine, learnt from the steps themselves.
//
// A step's time is taken as   decode(n) + the prompts' pieces:   n running answers cost what they cost without a prompt
// beside them, a moving mean per n; a piece costs what prompt_speed.hpp says, and each beyond the first something more,
// because libllama computes texts of unequal lengths in several passes. Proposed tokens (prompt_lookup.hpp,
// drafter.hpp) that are checked beside n answers have a price of their own per n. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "local/scheduling/prompt_speed.hpp"

namespace entente::local {

class Speed {
 public:
  struct Piece {  // of a prompt
    std::uint32_t tokens = 0;
    double depth = 0;  // mean position of those tokens
  };
  struct Step {
    std::uint32_t answers = 0;   // each one token
    std::uint32_t proposed = 0;  // tokens beyond that, proposed and checked
    std::vector<Piece> prompts = {};
  };

  void learn(const Step& step, double seconds);

  // Whether enough was measured to promise anything.
  bool known() const { return learnt_ >= 20 && prompts_.known(); }

  // Whether steps of so many answers and nothing else were seen often enough to compare others with them.
  bool knows(std::uint32_t answers) const { return answers < plain_steps_.size() && plain_steps_[answers] >= 8; }

  double seconds(const Step& step) const;
  double seconds(const Piece& piece) const { return prompts_.seconds(piece.tokens, piece.depth); }
  double another_prompt() const { return another_prompt_; }  // seconds, beside its piece's own
  // The most prompt tokens whose step with `answers` beside them stays within `seconds`; can be 0.
  std::uint32_t prompt_tokens_within(double seconds, std::uint32_t answers, double depth) const;
  std::uint32_t proposals_within(double seconds, std::uint32_t answers) const;
  // How likely a proposed token must be right to be worth checking beside `answers`: one more then gives more tokens a
  // second than the step gives without. `making` is what it costs to propose it, in seconds. Above 1: none is.
  double least_rightness(std::uint32_t answers, double making = 0) const;
  // How many are worth it, each right with the probability `rightness` if those before it were. 0 when none is.
  std::uint32_t proposals_that_pay(double rightness, std::uint32_t answers, std::uint32_t most) const;

 private:
  void learn_proposed(const Step& step, double seconds);
  double decode_seconds(std::uint32_t answers) const;
  double proposed_token_seconds(std::uint32_t answers) const;

  std::uint64_t learnt_ = 0;                // steps
  std::vector<double> proposed_;            // seconds of a proposed token, by answers; 0: not seen yet
  std::vector<double> decode_;              // by answers; 0: not seen yet
  std::vector<std::uint32_t> plain_steps_;  // of which those were learnt
  PromptSpeed prompts_;
  double another_prompt_ = 0;
};

}  // namespace entente::local
