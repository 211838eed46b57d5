#include "store/sealed_row.hpp"

#include <algorithm>
#include <cstdint>

#include "base/encoding.hpp"

namespace entente::store {

namespace {

constexpr std::size_t length_bytes = 8;  // of the record, the lowest byte first

}  // namespace

audit::Salt salt_in(std::string_view bytes) {
  audit::Salt salt{};
  std::ranges::copy_n(bytes.begin(), std::min(std::ssize(bytes), std::ssize(salt)), salt.begin());
  return salt;
}

std::string pack(const RowContent& content) {
  std::string out;
  out.reserve(content.salt.size() + content.secret.size() + length_bytes + content.record.size() +
              content.candidates.size());
  out += as_text(content.salt);
  out += as_text(content.secret);
  for (std::size_t i = 0; i < length_bytes; ++i) out += static_cast<char>(content.record.size() >> (8 * i) & 0xff);
  out += content.record;
  out += content.candidates;
  return out;
}

Result<RowContent> unpack(std::string_view packed) {
  RowContent content;
  auto take = [&](audit::Salt& salt) {
    salt = salt_in(packed);
    packed.remove_prefix(salt.size());
  };
  if (packed.size() < content.salt.size() + content.secret.size() + length_bytes)
    return fail(ErrorCode::internal, "A sealed row of the store is too short.");
  take(content.salt);
  take(content.secret);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    length |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(packed[i])) << (8 * i);
  packed.remove_prefix(length_bytes);
  if (length > packed.size()) return fail(ErrorCode::internal, "A sealed row of the store is cut.");
  content.record = packed.substr(0, length);
  content.candidates = packed.substr(length);
  return content;
}

}  // namespace entente::store
