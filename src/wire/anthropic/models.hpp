// Anthropic's models dialect: the list of GET /v1/models and one of its entries. Pure.
#pragma once

#include <string>

#include "domain/deployment.hpp"

namespace entente::wire {

std::string encode_anthropic_model_list(const Catalogue& catalogue);
std::string encode_anthropic_model(const Model& model);

}  // namespace entente::wire
