// Canonical JSON (RFC 8785, JCS): the one way to write a value, so that a hash or a signature over it means the value.
//
// Numbers are written as ECMAScript does; those that a double cannot hold exactly are refused, because two readers
// would see two values. Pure, any thread. Failure: invalid_request.
#pragma once

#include <string>

#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::audit {

Result<std::string> canonical_json(const wire::Json& json);

}  // namespace entente::audit
