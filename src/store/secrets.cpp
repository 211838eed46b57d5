#include "store/secrets.hpp"

#include <array>

#include "base/encoding.hpp"

namespace entente::store {

std::string make_secret(std::string_view prefix) {
  std::array<std::uint8_t, 24> bytes;
  random_bytes(bytes);
  return std::string(prefix) + to_base64url(bytes);
}

Digest digest_of(std::string_view secret) { return sha256(secret); }

std::string hint_of(std::string_view secret) { return std::string(secret.substr(0, key_prefix.size() + 4)) + "…"; }

}  // namespace entente::store
