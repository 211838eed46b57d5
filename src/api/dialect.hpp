// Which dialect a request speaks, known before its body is read: errors, too, are told in it.
//
// By the path; where two dialects share one (GET /v1/models), by the header that only one of them sends. Pure.
#pragma once

#include "net/http.hpp"

namespace entente::api {

enum class Dialect { openai, anthropic, ollama };

Dialect dialect_of(const net::Request& request);

}  // namespace entente::api
