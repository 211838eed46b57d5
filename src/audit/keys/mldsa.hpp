// ML-DSA-44 (FIPS 204, pure, with an empty context), from OpenSSL: signatures that hold against quantum computers, too,
// where Ed25519 stands alone otherwise. Large: 1,312 bytes of key, 2,420 of signature. A private key is its seed of 32
// bytes, and a signature of one text is another each time (hedged, as FIPS 204 prefers).
//
// Any thread. OpenSSL failing at signing means a broken installation or no memory: the process ends. A signature that
// does not fit is `false`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/keys/ed25519.hpp"

namespace entente::audit {

using MldsaPublicKey = std::array<std::uint8_t, 1312>;
constexpr std::size_t mldsa_signature_bytes = 2420;

class MldsaKey {
 public:
  explicit MldsaKey(const Seed& seed);

  const MldsaPublicKey& public_key() const { return public_key_; }
  std::string sign(std::string_view message) const;

 private:
  std::shared_ptr<void> key_;
  MldsaPublicKey public_key_{};
};

bool verify_mldsa(const MldsaPublicKey& key, std::string_view message, std::string_view signature);

}  // namespace entente::audit
