// Hashes and randomness, from OpenSSL: SHA-256 (whole, or fed in pieces for files), random bytes, and comparison in
// constant time. Any thread. OpenSSL failing here means a broken installation or no memory: the process ends.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace entente {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

// HMAC (RFC 2104) with SHA-256.
Digest hmac_sha256(std::string_view key, std::string_view bytes);

// SHA-256 of what is fed piece by piece. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Digest so_far() const;  // of what was fed up to now; more may follow
  Digest finish();        // afterwards the object may only be destroyed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

void random_bytes(std::span<std::uint8_t> out);

std::string_view openssl_version();  // of the library that is loaded

// Equal or not, in a time that depends on the length alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace entente
