// OpenAI's error object: {"error":{"message","type","param","code"}}. `type` follows the status, `code` is a string
// that SDK users compare with; `param` is null when no parameter is at fault. Pure.
#pragma once

#include <string>

#include "base/error.hpp"

namespace entente::wire {

// The machine word SDK users see: the error's own reason, or one for its code.
std::string openai_code(const Error& error);

// The "type" member: "invalid_request_error", "rate_limit_error", …
std::string_view openai_type(ErrorCode code);

std::string encode_openai_error(const Error& error);

}  // namespace entente::wire
