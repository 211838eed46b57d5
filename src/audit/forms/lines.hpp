// What the text formats of C2SP are made of: lines, numbers, and hashes in base64, each in the one way to write it: a
// second spelling of a proof would be a second proof. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/crypto.hpp"

namespace entente::audit {

// The next line without its newline; none when no whole line is left.
std::optional<std::string_view> take_line(std::string_view& text);

// Digits without a leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text);

std::optional<Digest> parse_hash(std::string_view base64);

}  // namespace entente::audit
