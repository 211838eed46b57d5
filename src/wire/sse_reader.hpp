// SseReader: bytes of a text/event-stream become events, however they are cut (WHATWG HTML, "Server-sent events").
//
// Comments are passed over, lines may end in LF, CR LF or CR, several data lines are joined with LF. An event that was
// not ended by an empty line is no event: whoever reads must know by other means that a stream is whole. One task. The
// only failure is an event larger than the limit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::wire {

class SseReader {
 public:
  struct Event {
    std::string_view name;  // empty: none was given
    std::string_view data;
  };

  explicit SseReader(std::size_t most_event_bytes = 16 * 1024 * 1024) : most_(most_event_bytes) {}

  void feed(std::string_view bytes);

  // The next whole event; nothing while more bytes must come. Valid until the next call of anything here.
  Result<std::optional<Event>> next();

 private:
  void take_line(std::string_view line);

  std::size_t most_;
  std::string in_;
  std::size_t at_ = 0;  // of in_: read up to here
  std::string name_, data_;
  bool has_data_ = false, given_ = false, skip_line_feed_ = false, at_start_ = true;
};

}  // namespace entente::wire
