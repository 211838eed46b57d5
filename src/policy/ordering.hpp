// In which order the candidates of a model are asked, by its strategy. Pure; equal ones keep the order of the list.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "policy/decision.hpp"

namespace entente::policy {

// One who may take the work.
struct Candidate {
  const Deployment* deployment = nullptr;
  const Rulebook::Judged* judged = nullptr;
  std::uint32_t place = 0;  // in the model's list
  std::optional<std::chrono::microseconds> first_token = {};
};

// Measured times are asked for, and noted in the candidates, where the strategy goes by them.
void order(std::vector<Candidate>& candidates, Strategy strategy, const Envelope& envelope,
           const Circumstances& circumstances);

}  // namespace entente::policy
