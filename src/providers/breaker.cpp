#include "providers/breaker.hpp"

#include <algorithm>

namespace entente::providers {

Breaker::Answer Breaker::ask(Time now) {
  std::int64_t until = open_until_.load(std::memory_order_acquire);
  if (until == 0) return Answer::pass;
  if (count(now) < until || probing_.exchange(true)) return Answer::shut;
  return Answer::probe;
}

void Breaker::succeeded() {
  if (failures_.load(std::memory_order_relaxed) == 0 && open_until_.load(std::memory_order_relaxed) == 0) return;
  failures_ = 0;
  opened_ = 0;
  open_until_ = 0;
  probing_ = false;
}

void Breaker::failed(Time now) {
  bool open = open_until_.load() != 0;
  if (open && !probing_.load()) return;  // it began before the breaker opened, and tells nothing new
  if (failures_.fetch_add(1) + 1 < rule_.failures && !open) return;
  std::uint32_t times = std::min<std::uint32_t>(opened_.fetch_add(1), 16);
  auto pause = std::min(rule_.most, rule_.open * (1 << times));
  open_until_ = count(now + pause);
  probing_ = false;
}

void Breaker::abandoned() { probing_ = false; }

std::chrono::milliseconds Breaker::remaining(Time now) const {
  std::int64_t left = open_until_.load() - count(now);
  return left > 0 ? std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(left))
                  : std::chrono::milliseconds(0);
}

}  // namespace entente::providers
