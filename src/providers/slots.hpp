// Slots: how much work may run at one deployment at a time, and the queue of what waits for its turn.
//
// take() gives a Slot at once while there is room; else it waits in line, first come first served, until one is given
// back or the deadline has passed (overloaded). A Slot gives itself back. Without a limit nothing is counted but the
// number. Any thread; the lock is taken only when the limit is reached.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "base/task.hpp"

namespace entente {
class Notifier;
}

namespace entente::providers {

class Slots : public std::enable_shared_from_this<Slots> {
 public:
  class Slot {
   public:
    Slot() = default;
    explicit Slot(std::shared_ptr<Slots> from) : from_(std::move(from)) {}
    Slot(Slot&& other) noexcept = default;
    Slot& operator=(Slot&& other) noexcept {
      std::swap(from_, other.from_);
      return *this;
    }
    ~Slot() {
      if (from_) from_->give_back();
    }

   private:
    std::shared_ptr<Slots> from_;
  };

  // `limit` 0: none. It may change between two calls, when the configuration does.
  Task<Slot> take(std::uint32_t limit, std::chrono::milliseconds patience);

  std::uint32_t running() const { return running_.load(std::memory_order_relaxed); }
  std::uint32_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  bool try_take(std::uint32_t limit);
  void give_back();
  void call_next();                                       // with mutex_ held
  bool leave_line(const std::shared_ptr<Notifier>& who);  // false: its turn has come meanwhile

  std::atomic<std::uint32_t> running_ = 0, waiting_ = 0, limit_ = 0;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Notifier>> line_;  // guarded by mutex_
};

}  // namespace entente::providers
