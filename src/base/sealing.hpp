// Authenticated encryption under a key that we hold: without the key nobody reads what is sealed, and one changed bit
// keeps it shut. AES-256-GCM (NIST SP 800-38D) from OpenSSL, with a random nonce for each text; with those, a key is
// good for 2^32 texts (section 8.3). Any thread. Failure: invalid_request where something does not open; OpenSSL
// failing otherwise means a broken installation or no memory: the process ends.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente {

// Whoever holds one wipes it when it is no longer needed, so that it does not stay in memory that others get; HeldKey
// does so by itself.
using SecretKey = std::array<std::uint8_t, 32>;

SecretKey new_secret_key();

// Overwritten with zeros in a way that no compiler leaves out.
void wipe(SecretKey& key);
void wipe(std::string& text);

// Each copy wipes itself when it goes.
struct HeldKey {
  SecretKey bytes{};
  ~HeldKey() { wipe(bytes); }
};

// How much longer a text becomes: nonce (12 bytes) || ciphertext || tag (16 bytes).
inline constexpr std::size_t sealing_adds = 12 + 16;

// `bound` is what the text belongs to: not contained, but it opens only with the same.
std::string seal(const SecretKey& key, std::string_view plain, std::string_view bound);
Result<std::string> unseal(const SecretKey& key, std::string_view sealed, std::string_view bound);

}  // namespace entente
