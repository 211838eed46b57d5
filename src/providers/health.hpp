// Health: what is known of one deployment from how its last attempts went: the breaker, the slots, and which of the
// provider's keys may be used. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "providers/breaker.hpp"
#include "providers/health_now.hpp"
#include "providers/slots.hpp"

namespace entente::providers {

// Which key an attempt uses. A key that was refused (401, 402, 403) rests for minutes; one that was used too often
// (429) until the provider said; meanwhile the next one is used.
class Keys {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Keys(std::size_t count) : rests_until_(count), refused_(count) {}

  // rate_limited with the time until one may be used again; upstream_failed when all were refused.
  Result<std::size_t> choose(Time now) const;
  void refused(std::size_t key, Time now);
  void used_too_often(std::size_t key, Time now, std::chrono::milliseconds pause);
  bool another_than(std::size_t key, Time now) const;
  void works(std::size_t key) {
    if (refused_[key].exchange(false)) rests_until_[key] = 0;
  }
  std::vector<HealthNow::Key> now(Time now) const;

 private:
  std::vector<std::atomic<std::int64_t>> rests_until_;
  std::vector<std::atomic<bool>> refused_;
};

struct Health {
  explicit Health(std::size_t keys) : keys(keys) {}
  Breaker breaker;
  Keys keys;
  std::shared_ptr<Slots> slots = std::make_shared<Slots>();

  HealthNow now(Breaker::Time now) const;
};

}  // namespace entente::providers
