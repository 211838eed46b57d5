#include "base/id.hpp"

#include <array>

#include "base/crypto.hpp"

namespace entente {

std::string make_id(std::string_view prefix, Instant now) {
  std::array<std::uint8_t, 16> bytes;
  random_bytes(bytes);
  auto ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));

  constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string out(prefix);
  out += '_';
  // 128 bits as 26 digits of 5 bits, two zero bits in front.
  unsigned buffer = 0;
  int bits = 2;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += digits[(buffer >> bits) & 31];
    }
    buffer &= (1U << bits) - 1;
  }
  return out;
}

}  // namespace entente
