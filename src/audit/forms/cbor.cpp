#include "audit/forms/cbor.hpp"

namespace entente::audit {

namespace {
constexpr std::uint8_t unsigned_integer = 0, negative_integer = 1, byte_string = 2, text_string = 3, array_of = 4,
                       map_of = 5, tagged = 6;
constexpr char null_byte = '\xf6';
}  // namespace

// The major type in the upper three bits, and the value in as few bytes as hold it.
void CborWriter::head(std::uint8_t major, std::uint64_t value) {
  int bytes = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffff'ffff ? 4 : 8;
  std::uint64_t additional = bytes == 0 ? value : bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;
  out_ += static_cast<char>(static_cast<std::uint8_t>(major << 5 | additional));
  for (int i = bytes - 1; i >= 0; --i) out_ += static_cast<char>(static_cast<std::uint8_t>(value >> 8 * i));
}

CborWriter& CborWriter::number(std::int64_t value) {
  if (value >= 0) {
    head(unsigned_integer, static_cast<std::uint64_t>(value));
  } else {
    head(negative_integer, static_cast<std::uint64_t>(-1 - value));
  }
  return *this;
}

CborWriter& CborWriter::bytes(std::string_view value) {
  head(byte_string, value.size());
  out_ += value;
  return *this;
}

CborWriter& CborWriter::text(std::string_view value) {
  head(text_string, value.size());
  out_ += value;
  return *this;
}

CborWriter& CborWriter::array(std::uint64_t elements) {
  head(array_of, elements);
  return *this;
}

CborWriter& CborWriter::map(std::uint64_t pairs) {
  head(map_of, pairs);
  return *this;
}

CborWriter& CborWriter::tag(std::uint64_t number) {
  head(tagged, number);
  return *this;
}

CborWriter& CborWriter::null() {
  out_ += null_byte;
  return *this;
}

}  // namespace entente::audit
