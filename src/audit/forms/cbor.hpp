// CborWriter: CBOR (RFC 8949) as COSE needs it, in the deterministic form of section 4.2, as long as maps get their
// keys in that order. What an array, map or tag announces must follow it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace entente::audit {

class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  CborWriter& number(std::int64_t value);
  CborWriter& bytes(std::string_view value);
  CborWriter& text(std::string_view value);
  CborWriter& array(std::uint64_t elements);
  CborWriter& map(std::uint64_t pairs);
  CborWriter& tag(std::uint64_t number);
  CborWriter& null();

 private:
  void head(std::uint8_t major, std::uint64_t value);

  std::string& out_;
};

}  // namespace entente::audit
