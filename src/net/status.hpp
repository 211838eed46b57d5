// The words of HTTP's status codes (RFC 9110 section 15), for the ones Entente sends. Pure.
#pragma once

#include <string_view>

namespace entente::net {

std::string_view reason_phrase(unsigned status);

}  // namespace entente::net
