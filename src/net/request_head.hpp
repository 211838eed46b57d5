// The head of a request, checked strictly before anything trusts it.
//
// check_head() refuses what two servers in a row might read differently (request smuggling, RFC 9112 section 11.2):
// bare CR or LF, folded lines, space before a colon, control characters, several or malformed lengths, a length beside
// Transfer-Encoding, codings other than chunked, a missing or repeated Host. Beast parses what has passed. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"

namespace entente::net {

// `head` ends with the empty line. Errors are invalid_request with reason "bad_request".
Result<> check_head(std::string_view head);

// Splits the target into path and query, decodes %xx in the path, and strips the base path ("" or "/entente"). Fails
// with not_found outside the base path, invalid_request for a malformed target.
Result<> set_target(Request& request, std::string_view target, std::string_view base_path);

}  // namespace entente::net
