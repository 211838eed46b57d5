// The secrets that open the door, and what is kept of them. A secret is a prefix that says what it is and 192 random
// bits in base64url; only its SHA-256 is stored, which is enough because nobody can guess 192 bits. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace entente::store {

inline constexpr std::string_view key_prefix = "ent_";
inline constexpr std::string_view session_prefix = "ses_";
inline constexpr std::string_view link_prefix = "lnk_";

std::string make_secret(std::string_view prefix);
Digest digest_of(std::string_view secret);

// What may be shown of a key: "ent_Ab12…".
std::string hint_of(std::string_view secret);

}  // namespace entente::store
