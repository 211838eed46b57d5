#include "wire/bedrock/event_stream.hpp"

#include <array>
#include <cstdint>

namespace entente::wire {

namespace {

constexpr std::size_t prelude = 12, most_bytes = 25 * 1024 * 1024;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::unexpected<Error> bad(std::string_view why) {
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The provider's event stream is damaged.",
               .reason = "bad_reply",
               .details = std::string(why)});
}

// How many bytes a value of this type has; nothing for a type that does not exist.
std::optional<std::size_t> size_of_type(unsigned type, std::string_view headers, std::size_t at) {
  switch (type) {
    case 0:
    case 1: return 0;  // true, false
    case 2: return 1;  // byte
    case 3: return 2;  // short
    case 4: return 4;  // integer
    case 5:
    case 8: return 8;   // long, timestamp
    case 9: return 16;  // uuid
    case 6:
    case 7:  // bytes, text
      if (at + 2 > headers.size()) return std::nullopt;
      return 2 + number(headers, at, 2);
    default: return std::nullopt;
  }
}

Result<EventStreamReader::Message> read_headers(std::string_view headers) {
  EventStreamReader::Message message;
  for (std::size_t at = 0; at < headers.size();) {
    std::size_t name_size = static_cast<unsigned char>(headers[at]);
    if (at + 2 + name_size > headers.size()) return bad("a header's name is cut");
    std::string_view name = headers.substr(at + 1, name_size);
    unsigned type = static_cast<unsigned char>(headers[at + 1 + name_size]);
    at += 2 + name_size;
    auto size = size_of_type(type, headers, at);
    if (!size || at + *size > headers.size()) return bad("a header's value is cut");
    if (type == 7) {
      std::string_view value = headers.substr(at + 2, *size - 2);
      if (name == ":message-type") message.kind = value;
      if (name == ":event-type" || name == ":exception-type" || name == ":error-code") message.name = value;
    }
    at += *size;
  }
  return message;
}

}  // namespace

std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (char byte : bytes) crc = crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFU;
}

void EventStreamReader::feed(std::string_view bytes) {
  if (at_ > 0) {
    in_.erase(0, at_);
    at_ = 0;
  }
  in_ += bytes;
}

Result<std::optional<EventStreamReader::Message>> EventStreamReader::next() {
  std::string_view rest = std::string_view(in_).substr(at_);
  if (rest.size() < prelude) return std::nullopt;
  std::size_t total = number(rest, 0, 4), headers = number(rest, 4, 4);
  if (number(rest, 8, 4) != crc32_of(rest.substr(0, 8))) return bad("the prelude's sum is wrong");
  if (total > most_bytes || total < prelude + 4 || headers > total - prelude - 4) return bad("its lengths cannot be");
  if (rest.size() < total) return std::nullopt;
  std::string_view whole = rest.substr(0, total);
  if (number(whole, total - 4, 4) != crc32_of(whole.substr(0, total - 4))) return bad("the message's sum is wrong");
  TRY_ASSIGN(Message message, read_headers(whole.substr(prelude, headers)));
  message.payload = whole.substr(prelude + headers, total - prelude - headers - 4);
  at_ += total;
  return message;
}

}  // namespace entente::wire
