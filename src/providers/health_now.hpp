// HealthNow: what is known of one deployment at this moment, from how its last attempts went: for people, metrics and
// tests. A value; whoever asks again gets another.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace entente::providers {

struct HealthNow {
  enum class Breaker { closed, open, half_open };  // half_open: the next piece of work is a probe, or one is under way
  struct Key {
    bool refused = false;                // the provider did not take it
    std::chrono::milliseconds rests{0};  // for so long it is not used
  };

  Breaker breaker = Breaker::closed;
  std::uint32_t failures = 0;          // in a row
  std::chrono::milliseconds rests{0};  // an open breaker: until somebody may try
  std::vector<Key> keys;
  std::uint32_t running = 0, waiting = 0;  // attempts, and work that waits for its turn

  bool usable() const;  // work is let through now
};

std::string_view to_string(HealthNow::Breaker breaker);

}  // namespace entente::providers
