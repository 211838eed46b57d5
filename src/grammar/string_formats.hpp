// The `format`s of JSON Schema's strings ("date-time", "uuid", …) as patterns that an answer can be held to. Pure.
#pragma once

#include <string_view>

namespace entente::grammar {

// What the pattern accepts is valid under the format; not every valid text is accepted (no leap seconds, no 29
// February). Empty: a format that is not known here.
std::string_view pattern_of_format(std::string_view format);

}  // namespace entente::grammar
