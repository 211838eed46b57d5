// EventStream: an answer on its way, from whoever makes it (the engine, a provider's connection) to its one reader.
//
// next() gives the next Event, std::nullopt after the last, or the Error that ended the answer; after either of those
// it is not called again. One task reads at a time. The producer waits when the reader is slow: a stream holds a
// bounded number of events. Destroying the stream, or cancelling next() and then destroying it, tells the producer to
// stop within one step; nothing is read or billed after that.
#pragma once

#include <optional>

#include "base/task.hpp"
#include "domain/event.hpp"

namespace entente {

class EventStream {
 public:
  virtual ~EventStream() = default;
  [[nodiscard]] virtual Task<std::optional<Event>> next() = 0;
  // Whether next() has an event or the end at hand, without waiting: who passes events on may send several at once.
  virtual bool has_next() const { return false; }

  // What was consumed so far, exact at any moment: what a stream that was left early is settled with.
  virtual Usage usage_so_far() const = 0;
};

}  // namespace entente
