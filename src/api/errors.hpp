// The only place where an Error becomes an HTTP answer: status, headers, and the dialect's own error object as the
// body. docs/errors.md is the table. Pure.
#pragma once

#include <span>
#include <string_view>

#include "api/dialect.hpp"
#include "base/error.hpp"
#include "net/http.hpp"

namespace entente::api {

// Failures of HTTP itself, told apart by their reason: the sixteen codes speak no protocol's words.
struct HttpFailure {
  std::string_view reason;
  unsigned status;
};
std::span<const HttpFailure> http_failures();

unsigned status_of(const Error& error, Dialect dialect = Dialect::openai);

// The whole answer, with retry-after and x-should-retry where they belong. Internal details never leave: an `internal`
// error's message is replaced. `request`: the id of the request, which some dialects repeat in the body.
net::Response error_response(const Error& error, Dialect dialect = Dialect::openai, std::string_view request = {});

// What the client is told of it, also inside a stream.
Error shown_to_client(const Error& error);

}  // namespace entente::api
