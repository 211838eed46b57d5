// Sealing to a key that is not here: whoever has the public key seals, and only the private key opens, which lies
// elsewhere, in a safe for instance. HPKE (RFC 9180) in base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
// AES-256-GCM, from OpenSSL, so that other implementations open it too. It does not say who sealed. Any thread.
// Failure: invalid_request with a sentence.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente {

// 32 bytes each, as RFC 7748 writes them. Whoever holds the private one wipes it (base/sealing.hpp).
struct OfflineKeys {
  std::string public_key, private_key;
};

Result<OfflineKeys> new_offline_keys();

// The sender's part of the key exchange (32 bytes) || ciphertext || tag. `info` says what for, up to 1024 bytes: it is
// not contained, but what was sealed opens only with the same. `plain` is not empty and below 2 GiB, as OpenSSL wants
// it.
Result<std::string> seal_to(std::string_view public_key, std::string_view plain, std::string_view info);
Result<std::string> open_with(std::string_view private_key, std::string_view sealed, std::string_view info);

}  // namespace entente
