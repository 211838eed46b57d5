#include "gateway/measured.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

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
  one.latest_us[one.seen.fetch_add(1, std::memory_order_relaxed) % one.latest_us.size()].store(
      took.count(), std::memory_order_relaxed);
}

std::optional<std::chrono::microseconds> Measured::percentile(std::string_view deployment,
                                                              std::uint32_t per_cent) const {
  constexpr std::size_t enough = 16;
  auto known = all_.load();
  auto found = known->find(deployment);
  if (found == known->end()) return std::nullopt;
  const One& one = *found->second;
  std::size_t size = std::min<std::size_t>(one.seen.load(std::memory_order_relaxed), one.latest_us.size());
  if (size < enough) return std::nullopt;
  std::vector<std::int64_t> times;
  times.reserve(size);
  for (std::size_t i = 0; i < size; ++i) times.push_back(one.latest_us[i].load(std::memory_order_relaxed));
  std::size_t at = std::min(size - 1, size * per_cent / 100);
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(at));
  return std::chrono::microseconds(times[at]);
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
