// Who answers, as a person is told: from a deployment and the decision that chose it. Pure.
#pragma once

#include "domain/deployment.hpp"
#include "gateway/sink.hpp"
#include "policy/decision.hpp"

namespace entente::gateway {

Answering answering_of(const Deployment& deployment, const policy::Decision& decision);

}  // namespace entente::gateway
