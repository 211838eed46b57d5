// Time comes in as a parameter wherever logic depends on it, so that tests are exact.
//
// Instant is wall-clock time in microseconds since 1970 UTC: what is stored and shown. Durations inside the process are
// measured with std::chrono::steady_clock where they are needed. now() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// "2026-11-27" (ISO 8601); nothing: it is no date.
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);

// Whole seconds since 1970, as most dialects tell when something was made.
inline std::int64_t unix_seconds(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

// In the largest unit of which it is a whole number: "30 days", "36 hours", "1 second".
std::string duration_in_words(std::chrono::milliseconds time);

}  // namespace entente
