// The deployments and their health, for GET /deployments and `entente deployments`.
#pragma once

#include <string>
#include <vector>

#include "gateway/deployments.hpp"

namespace entente::app {

std::string deployments_as_json(const std::vector<gateway::DeploymentNow>& deployments);

}  // namespace entente::app
