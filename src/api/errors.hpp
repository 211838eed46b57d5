// The only place where an Error becomes an HTTP answer: status, headers, and OpenAI's error object as the body. Pure.
#pragma once

#include "base/error.hpp"
#include "net/http.hpp"

namespace entente::api {

unsigned status_of(const Error& error);

// The whole answer, with retry-after and x-should-retry where they belong. Internal details never leave: an `internal`
// error's message is replaced.
net::Response error_response(const Error& error);

// What the client is told of it, also inside a stream.
Error shown_to_client(const Error& error);

}  // namespace entente::api
