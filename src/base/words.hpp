// Eight bytes of a text at a time: for what looks at every byte of a request or an answer and mostly finds nothing.
// Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace entente {

class Word {
 public:
  static constexpr std::size_t size = 8;
  explicit Word(const char* from) { std::memcpy(&bytes_, from, size); }

  // Each gives a mask in which the first byte that is meant is right; those behind it may be wrong.
  std::uint64_t beyond_ascii() const { return bytes_ & high; }
  std::uint64_t equal_to(unsigned char c) const {
    std::uint64_t same = bytes_ ^ (ones * c);
    return (same - ones) & ~same & high;
  }
  std::uint64_t below(unsigned char c) const { return (bytes_ - ones * c) & ~bytes_ & high; }  // c up to 0x80

  static std::size_t first(std::uint64_t mask) { return static_cast<std::size_t>(std::countr_zero(mask)) / 8; }

 private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::uint64_t ones = 0x0101010101010101ULL, high = 0x8080808080808080ULL;
  std::uint64_t bytes_;
};

}  // namespace entente
