// The two ways an answer is written, whatever the dialect: event by event as it comes, or whole when it has come.
//
// api/ drives these; each dialect has one of each. append(), end() and fail() add whole frames to `out`, so what is in
// `out` may be sent at any time. After end() or fail() nothing follows. One answer, one task. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/event.hpp"

namespace entente::wire {

class StreamedAnswer {
 public:
  virtual ~StreamedAnswer() = default;
  virtual std::string_view media_type() const { return "text/event-stream"; }

  virtual void append(std::string& out, const Event& event) = 0;
  virtual void end(std::string& out) = 0;
  virtual void fail(std::string& out, const Error& error) = 0;  // instead of end(): what the client is told
  // Whether fail() can say anything. Where it cannot (the bytes of a file), the connection is cut instead of ended.
  virtual bool can_fail() const { return true; }

  // What may be sent between any two frames of a stream of events while nothing comes.
  virtual std::string_view quiet() const { return ":\n\n"; }

  // Keeps the connection open while there is no event yet. Where the dialect has no such frame, nothing.
  virtual void wait(std::string& out, std::string_view for_what) {
    // A comment, which readers of server-sent events pass over.
    out.append(": ").append(for_what).append("\n\n");
  }
};

class WholeAnswer {
 public:
  virtual ~WholeAnswer() = default;
  virtual void add(const Event& event) = 0;
  virtual std::string body() const = 0;
  virtual std::string_view media_type() const { return "application/json"; }
};

}  // namespace entente::wire
