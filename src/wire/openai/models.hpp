// OpenAI's models dialect: GET /v1/models and /v1/models/{id}. Each entry carries, beside OpenAI's members, one named
// "entente" with what a person wants to know before choosing: where its deployments run. Pure.
#pragma once

#include <string>

#include "domain/deployment.hpp"

namespace entente::wire {

std::string encode_model_list(const Catalogue& catalogue);
std::string encode_model(const Catalogue& catalogue, const Model& model);

}  // namespace entente::wire
