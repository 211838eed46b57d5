// Ed25519 (RFC 8032), from OpenSSL: the signatures under checkpoints and receipts. Any thread. OpenSSL failing at
// signing means a broken installation or no memory: the process ends. A signature that does not fit is `false`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace entente::audit {

using PublicKey = std::array<std::uint8_t, 32>;
using Seed = std::array<std::uint8_t, 32>;  // the private key as RFC 8032 has it
constexpr std::size_t ed25519_signature_bytes = 64;

class SigningKey {
 public:
  explicit SigningKey(const Seed& seed);
  static Seed new_seed();

  PublicKey public_key() const { return public_key_; }
  std::string sign(std::string_view message) const;

 private:
  std::shared_ptr<void> key_;
  PublicKey public_key_{};
};

bool verify_ed25519(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace entente::audit
