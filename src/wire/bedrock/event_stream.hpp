// EventStreamReader: bytes of application/vnd.amazon.eventstream become messages, however they are cut.
//
//   0  4  length of the whole message, big-endian     12 n  headers: name, type, value
//   4  4  length of the headers                        …    payload
//   8  4  CRC-32 of the first eight bytes              -4 4 CRC-32 of everything before it
//
// Reference: Amazon's "Event stream encoding". Pure. A wrong sum or length is upstream_failed, "bad_reply".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::wire {

class EventStreamReader {
 public:
  struct Message {
    std::string_view kind;     // :message-type: "event", "exception", "error"
    std::string_view name;     // :event-type, :exception-type or :error-code
    std::string_view payload;  // JSON
  };

  void feed(std::string_view bytes);

  // The next whole message; nothing while more bytes must come. Valid until the next call of anything here.
  Result<std::optional<Message>> next();

 private:
  std::string in_;
  std::size_t at_ = 0;
};

// CRC-32 (IEEE 802.3), as zlib has it.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace entente::wire
