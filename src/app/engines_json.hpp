// The loaded models and who uses them, for GET /engines and `entente ps`.
#pragma once

#include <string>
#include <vector>

#include "providers/local.hpp"

namespace entente::app {

std::string engines_as_json(const std::vector<providers::LoadedModel>& models);

}  // namespace entente::app
