#include "base/clock.hpp"

#include <format>

namespace entente {

namespace {
class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};
}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_rfc3339(Instant instant) { return std::format("{:%FT%T}Z", instant); }

}  // namespace entente
