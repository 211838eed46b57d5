// Checks: what one rule says of one deployment on one day. Total: for every rule and every deployment there is an
// answer, and what is unknown, expired or known less well than the rule asks is as bad as the worst. Pure, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/deployment.hpp"
#include "policy/policy.hpp"

namespace entente::policy {

// Why the deployment does not meet the rule, after its name: "processes prompts in SE; only FR is allowed". None: it
// does. `today`: ISO date.
std::optional<std::string> failure_of(const Rule& rule, const Deployment& deployment, std::span<const Law> laws,
                                      std::string_view today);

// What a deployment would have to be, after "one that": "processes prompts in FR only".
std::string wish_of(const Rule& rule);

}  // namespace entente::policy
