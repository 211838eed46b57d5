// Anthropic's error object: {"type":"error","error":{"type","message","details"}}. Its `type` is what the SDKs show
// beside the status; details.error_code is the Error's reason, where it has one. Reference: Anthropic API reference,
// "Errors". Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace entente::wire {

// "invalid_request_error", "overloaded_error", …
std::string_view anthropic_type(ErrorCode code);

// `request`: the id that the header request-id carries, where it is known.
std::string encode_anthropic_error(const Error& error, std::string_view request = {});

}  // namespace entente::wire
