// For kinds of work that few models do: which of the models here does it, and what a client is told when the one it
// names does not.
#pragma once

#include <string>
#include <string_view>

#include "api/api.hpp"
#include "domain/work.hpp"

namespace entente::api {

// What is asked for, in words that errors are made of.
struct Kind {
  std::string_view asking;  // "Making images"
  std::string_view does;    // "makes images"
};

// Fills in the work's model where the request names none and one model here does such work. Errors name who could:
// unsupported, reason "no_deployment_for_this"; not_found when the model is not here.
Result<> settle_model(const Services& services, Work& work, const Kind& kind);

}  // namespace entente::api
