// Notifier: how another thread (the engine, the store's writer) wakes a coroutine.
//
// notify() may be called from any thread, any number of times; calls between two waits are one. wait() may be awaited
// by one task at a time; it returns at once when a notification is pending, else when one comes, and resumes on the
// awaiting task's executor. A cancelled wait ends with ErrorCode::cancelled and loses no notification.
//
// The Notifier must outlive its wait; notifiers are therefore held by std::shared_ptr on both sides.
#pragma once

#include <memory>
#include <span>

#include "base/task.hpp"

namespace entente {

class Notifier {
 public:
  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void notify() noexcept;
  // The same for several: the tasks of one thread are woken by one word to it.
  static void notify_all(std::span<Notifier* const> notifiers) noexcept;
  [[nodiscard]] Task<> wait();

  // Waits whatever happens: deaf to cancellation, for what must be known before going on (a commit).
  [[nodiscard]] Task<> wait_to_the_end();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace entente
