// Breaker: keeps work away from a deployment that fails, and lets one try it again when some time has passed.
//
// Closed, everything passes. After `failures` in a row it opens for `open`, twice as long each time it opens again, up
// to `most`. When that time is over one piece of work is the probe: its success closes the breaker, its failure opens
// it again. Any thread, without a lock; the time comes in as a parameter.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace entente::providers {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Rule {
    std::uint32_t failures = 5;
    std::chrono::milliseconds open{5'000}, most{120'000};
  };

  Breaker() = default;
  explicit Breaker(Rule rule) : rule_(rule) {}

  enum class Answer { pass, probe, shut };
  Answer ask(Time now);

  void succeeded();
  void failed(Time now);
  void abandoned();  // a probe that ended without telling anything

  bool is_open() const { return open_until_.load() != 0; }
  std::uint32_t failures() const { return failures_.load(std::memory_order_relaxed); }  // in a row
  std::chrono::milliseconds remaining(Time now) const;  // until somebody may try; 0 when one may now

 private:
  static std::int64_t count(Time time) { return time.time_since_epoch() / std::chrono::nanoseconds(1); }

  const Rule rule_;
  std::atomic<std::uint32_t> failures_ = 0, opened_ = 0;
  std::atomic<std::int64_t> open_until_ = 0;  // nanoseconds of the steady clock; 0: closed
  std::atomic<bool> probing_ = false;
};

}  // namespace entente::providers
