// Which tokens go into one step of the engine. Pure.
//
// First every running answer's next token, so that no stream waits; then pieces of waiting prompts, in order of
// arrival. Beside running answers a prompt gets a small share, because everybody waits for the whole step; alone it
// gets all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace entente::local {

struct Demand {
  std::uint32_t prompt_left = 0;  // tokens of the prompt not yet computed; 0: the answer runs
};

struct StepLimits {
  std::uint32_t most = 512;                  // tokens of a step
  std::uint32_t prompt_beside_answers = 64;  // of them for prompts while answers run
};

// How many tokens each gets, in the order of `demands`; 0 for whoever must wait for the next step.
std::vector<std::uint32_t> compose_step(std::span<const Demand> demands, StepLimits limits);

}  // namespace entente::local
