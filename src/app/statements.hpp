// What the server states in its log that it goes by: the facts and terms of each deployment, and the policies in force.
// Pure.
#pragma once

#include <vector>

#include "domain/deployment.hpp"
#include "policy/policy.hpp"
#include "store/records.hpp"

namespace entente::app {

std::vector<store::Stated> statements_of(const Catalogue& catalogue, const policy::Policies& policies);

}  // namespace entente::app
