#include "providers/slots.hpp"

#include <algorithm>

#include "net/waiting.hpp"

namespace entente::providers {

bool Slots::try_take(std::uint32_t limit) {
  std::uint32_t now = running_.load();
  while (limit == 0 || now < limit) {
    if (running_.compare_exchange_weak(now, now + 1)) return true;
  }
  return false;
}

Task<Slots::Slot> Slots::take(std::uint32_t limit, std::chrono::milliseconds patience) {
  limit_.store(limit, std::memory_order_relaxed);
  if (waiting_.load() == 0 && try_take(limit)) co_return Slot(shared_from_this());
  if (patience.count() <= 0) {
    co_return fail({.code = ErrorCode::overloaded,
                    .message = "As much runs at this deployment as may run at a time.",
                    .reason = "deployment_full"});
  }
  auto turn = std::make_shared<Notifier>();
  {
    std::lock_guard lock(mutex_);
    line_.push_back(turn);
    waiting_.store(static_cast<std::uint32_t>(line_.size()));
    call_next();  // a slot that was given back just now found nobody waiting
  }
  Result<bool> came = co_await net::wait_within(*turn, patience);
  if (came && *came) co_return Slot(shared_from_this());
  if (!leave_line(turn)) {
    if (came) co_return Slot(shared_from_this());
    Slot not_needed(shared_from_this());  // gives it to the next in line
  }
  if (!came) co_return fail(came.error());
  co_return fail({.code = ErrorCode::overloaded,
                  .message = "Too much waits for this deployment: its turn did not come in time.",
                  .reason = "queue_timeout"});
}

bool Slots::leave_line(const std::shared_ptr<Notifier>& who) {
  std::lock_guard lock(mutex_);
  auto found = std::ranges::find(line_, who);
  if (found == line_.end()) return false;
  line_.erase(found);
  waiting_.store(static_cast<std::uint32_t>(line_.size()));
  return true;
}

void Slots::give_back() {
  running_.fetch_sub(1);
  if (waiting_.load() == 0) return;
  std::lock_guard lock(mutex_);
  call_next();
}

void Slots::call_next() {
  while (!line_.empty() && try_take(limit_.load(std::memory_order_relaxed))) {
    std::shared_ptr<Notifier> next = std::move(line_.front());
    line_.pop_front();
    waiting_.store(static_cast<std::uint32_t>(line_.size()));
    next->notify();
  }
}

}  // namespace entente::providers
