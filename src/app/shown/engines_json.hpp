// The models in memory, those that come and go, and who uses them, for GET /engines and `entente ps`.
#pragma once

#include <string>
#include <vector>

#include "local/hosting/model_host.hpp"
#include "local/memory/spill.hpp"

namespace entente::app {

std::string engines_as_json(const std::vector<local::ModelHost::Resident>& models, std::uint64_t memory_budget,
                            const local::Spill::Room& spill);

}  // namespace entente::app
