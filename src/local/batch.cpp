#include "local/batch.hpp"

#include <algorithm>

namespace entente::local {

std::vector<std::uint32_t> compose_step(std::span<const Demand> demands, StepLimits limits) {
  std::vector<std::uint32_t> shares(demands.size());
  std::uint32_t left = limits.most;
  bool answers = false;
  for (std::size_t i = 0; i < demands.size() && left > 0; ++i) {
    if (demands[i].prompt_left > 0) continue;
    shares[i] = 1;
    --left;
    answers = true;
  }
  if (answers) left = std::min(left, limits.prompt_beside_answers);
  for (std::size_t i = 0; i < demands.size() && left > 0; ++i) {
    if (demands[i].prompt_left == 0) continue;
    shares[i] = std::min(demands[i].prompt_left, left);
    left -= shares[i];
  }
  return shares;
}

}  // namespace entente::local
