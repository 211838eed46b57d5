#include "gateway/measured.hpp"

#include <cmath>

namespace entente::gateway {

namespace {
constexpr double share_of_one = 0.2;
constexpr double half_life_ns = 60e9;
std::int64_t count(Measured::Time time) { return time.time_since_epoch() / std::chrono::nanoseconds(1); }
}  // namespace

void Measured::first_token(const std::string& deployment, std::chrono::microseconds took, Time now) {
  auto known = all_.load();
  auto found = known->find(deployment);
  if (found == known->end()) {
    std::lock_guard lock(adding_);
    auto more = std::make_shared<All>(*all_.load());
    more->try_emplace(deployment, std::make_shared<One>());
    all_.store(more);
    known = std::move(more);
    found = known->find(deployment);
  }
  // Two at once may lose one of them: it is a mean.
  One& one = *found->second;
  std::int64_t before = one.mean_us.load(std::memory_order_relaxed);
  double mean =
      before == 0 ? static_cast<double>(took.count())
                  : static_cast<double>(before) * (1 - share_of_one) + static_cast<double>(took.count()) * share_of_one;
  one.mean_us.store(std::llround(mean), std::memory_order_relaxed);
  one.at_ns.store(count(now), std::memory_order_relaxed);
}

std::optional<std::chrono::microseconds> Measured::first_token(std::string_view deployment, Time now) const {
  auto known = all_.load();
  auto found = known->find(deployment);
  if (found == known->end()) return std::nullopt;
  std::int64_t age = count(now) - found->second->at_ns.load(std::memory_order_relaxed);
  double mean = static_cast<double>(found->second->mean_us.load(std::memory_order_relaxed));
  return std::chrono::microseconds(std::llround(mean * std::exp2(-static_cast<double>(age) / half_life_ns)));
}

}  // namespace entente::gateway
