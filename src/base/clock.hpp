// Time comes in as a parameter wherever logic depends on it, so that tests are exact.
//
// Instant is wall-clock time in microseconds since 1970 UTC: what is stored and shown. Durations inside the process are
// measured with std::chrono::steady_clock where they are needed. now() may be called from any thread.
#pragma once

#include <chrono>
#include <string>

namespace entente {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

// The machine's clock.
const Clock& system_clock();

// "2026-11-23T08:13:59.123456Z" (RFC 3339).
std::string to_rfc3339(Instant instant);

}  // namespace entente
