// Race: tasks that run beside each other on the thread of whoever awaits them, for their results as they come.
//
//   Race race;
//   co_await race.start(ask(first));
//   CO_TRY_ASSIGN(auto ended, co_await race.next_within(800ms));
//   if (!ended) co_await race.start(ask(second));
//   …
//   co_await race.end();
//
// A task that was started runs to its end whatever becomes of the others; cancel() tells one that it is not needed any
// more, as a client that leaves would. end() must have been awaited before the Race is destroyed. One task uses it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/task.hpp"

namespace entente {

class Race {
 public:
  Race();
  ~Race();
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  boost::asio::awaitable<std::size_t> start(Task<> task);  // its number, from 0

  // The next task that has ended; nothing when the time is over before, or when none runs. cancelled: whoever awaits
  // is; the tasks know nothing of that.
  Task<std::optional<std::size_t>> next_within(std::optional<std::chrono::milliseconds> limit = std::nullopt);

  const Result<>& result(std::size_t task) const;  // of one that has ended
  void cancel(std::size_t task);
  void cancel_all_but(std::size_t task);
  boost::asio::awaitable<void> end();  // cancels what runs, and waits for it whatever happens

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace entente
