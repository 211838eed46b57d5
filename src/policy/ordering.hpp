// In which order the candidates of a model are asked, by its strategy. Pure; equal ones keep the order of the list.
#pragma once

#include <vector>

#include "policy/decision.hpp"

namespace entente::policy {

void order(std::vector<const Deployment*>& candidates, Strategy strategy, const Envelope& envelope,
           const Circumstances& circumstances);

}  // namespace entente::policy
