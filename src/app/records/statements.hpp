// What the server states in its log that it goes by: the facts and terms of each deployment, the policies
// in force, and the rules that give work its labels. Pure.
#pragma once

#include <span>
#include <vector>

#include "domain/deployment.hpp"
#include "domain/label_rule.hpp"
#include "policy/policy.hpp"
#include "store/records.hpp"

namespace entente::app {

std::vector<store::Stated> statements_of(const Catalogue& catalogue, const policy::Policies& policies,
                                         std::span<const LabelRule> labels);

}  // namespace entente::app
