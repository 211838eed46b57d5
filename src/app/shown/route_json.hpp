// Who would be asked for a kind of work, and why not the others, for GET /route and `entente route explain`.
#pragma once

#include <string>
#include <vector>

#include "gateway/deployments.hpp"
#include "policy/decision.hpp"

namespace entente::app {

// `now`: what is known of the deployments at this moment; empty: nothing, no server was asked.
std::string route_as_json(const Model& model, const policy::Decision& decision,
                          const std::vector<gateway::DeploymentNow>& now);

}  // namespace entente::app
