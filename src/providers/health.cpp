#include "providers/health.hpp"

#include <algorithm>
#include <limits>

namespace entente::providers {

namespace {
constexpr auto refused_for = std::chrono::minutes(5);
std::int64_t count(Keys::Time time) { return time.time_since_epoch() / std::chrono::nanoseconds(1); }
}  // namespace

Result<std::size_t> Keys::choose(Time now) const {
  std::int64_t soonest = std::numeric_limits<std::int64_t>::max();
  bool all_refused = true;
  for (std::size_t key = 0; key < rests_until_.size(); ++key) {
    std::int64_t until = rests_until_[key].load(std::memory_order_relaxed);
    if (until <= count(now)) return key;
    soonest = std::min(soonest, until);
    all_refused = all_refused && refused_[key];
  }
  if (all_refused) {
    return fail({.code = ErrorCode::upstream_failed,
                 .message = "The provider does not take any of the keys that are configured for it.",
                 .reason = "upstream_credentials_exhausted"});
  }
  return fail(
      {.code = ErrorCode::rate_limited,
       .message = "The provider asked us to come back later.",
       .reason = "upstream_rate_limited",
       .retry_after = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(soonest - count(now)))});
}

void Keys::refused(std::size_t key, Time now) {
  refused_[key] = true;
  rests_until_[key] = count(now + refused_for);
}

void Keys::used_too_often(std::size_t key, Time now, std::chrono::milliseconds pause) {
  refused_[key] = false;
  rests_until_[key] = count(now + pause);
}

bool Keys::another_than(std::size_t key, Time now) const {
  for (std::size_t other = 0; other < rests_until_.size(); ++other) {
    if (other != key && rests_until_[other].load(std::memory_order_relaxed) <= count(now)) return true;
  }
  return false;
}

std::vector<HealthNow::Key> Keys::now(Time now) const {
  std::vector<HealthNow::Key> keys(rests_until_.size());
  for (std::size_t key = 0; key < keys.size(); ++key) {
    std::int64_t left = rests_until_[key].load(std::memory_order_relaxed) - count(now);
    if (left <= 0) continue;
    keys[key] = {.refused = refused_[key],
                 .rests = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(left))};
  }
  return keys;
}

HealthNow Health::now(Breaker::Time now) const {
  HealthNow found{.breaker = HealthNow::Breaker::closed,
                  .failures = breaker.failures(),
                  .rests = breaker.remaining(now),
                  .keys = keys.now(now),
                  .running = slots->running(),
                  .waiting = slots->waiting()};
  if (breaker.is_open())
    found.breaker = found.rests.count() > 0 ? HealthNow::Breaker::open : HealthNow::Breaker::half_open;
  return found;
}

bool HealthNow::usable() const {
  return breaker != Breaker::open &&
         (keys.empty() || std::ranges::any_of(keys, [](const Key& key) { return key.rests.count() == 0; }));
}

std::string_view to_string(HealthNow::Breaker breaker) {
  switch (breaker) {
    case HealthNow::Breaker::closed: return "closed";
    case HealthNow::Breaker::open: return "open";
    case HealthNow::Breaker::half_open: return "half-open";
  }
  return "closed";
}

}  // namespace entente::providers
