// What quotas allow and what of it is used, for GET /v1/quotas, GET /quotas and `entente quotas`.
#pragma once

#include <string>
#include <vector>

#include "ledger/quotas.hpp"

namespace entente::app {

std::string quotas_as_json(const std::vector<ledger::Quotas::Standing>& standings);

}  // namespace entente::app
