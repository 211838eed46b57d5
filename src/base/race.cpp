#include "base/race.hpp"

#include <deque>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/notifier.hpp"

namespace entente {

namespace asio = boost::asio;

struct Race::State {
  struct Runner {
    asio::cancellation_signal signal;
    Result<> result = {};
    bool ended = false;
  };
  std::vector<std::unique_ptr<Runner>> runners;
  std::deque<std::size_t> ended;  // and not asked for yet
  std::size_t running = 0;
  bool late = false;
  Notifier changed;
};

namespace {

template <class State>
asio::awaitable<void> run(std::shared_ptr<State> state, std::size_t number, Task<> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto& runner = *state->runners[number];
  try {
    runner.result = co_await std::move(task);
  } catch (const std::exception& exception) {
    runner.result = fail({.code = ErrorCode::internal, .message = "A task threw.", .details = exception.what()});
  }
  runner.ended = true;
  --state->running;
  state->ended.push_back(number);
  state->changed.notify();
}

}  // namespace

Race::Race() : state_(std::make_shared<State>()) {}
Race::~Race() = default;

asio::awaitable<std::size_t> Race::start(Task<> task) {
  std::size_t number = state_->runners.size();
  auto& runner = *state_->runners.emplace_back(std::make_unique<State::Runner>());
  ++state_->running;
  asio::co_spawn(co_await asio::this_coro::executor, run(state_, number, std::move(task)),
                 asio::bind_cancellation_slot(runner.signal.slot(), asio::detached));
  co_return number;
}

Task<std::optional<std::size_t>> Race::next_within(std::optional<std::chrono::milliseconds> limit) {
  State& state = *state_;
  state.late = false;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  if (limit && state.ended.empty()) {
    timer.expires_after(*limit);
    timer.async_wait([weak = std::weak_ptr(state_)](const boost::system::error_code& cancelled) {
      auto waiting = weak.lock();
      if (cancelled || !waiting) return;
      waiting->late = true;
      waiting->changed.notify();
    });
  }
  while (state.ended.empty()) {
    if (state.late || state.running == 0) co_return std::nullopt;
    CO_TRY(co_await state.changed.wait());
  }
  std::size_t number = state.ended.front();
  state.ended.pop_front();
  co_return number;
}

const Result<>& Race::result(std::size_t task) const { return state_->runners[task]->result; }

void Race::cancel(std::size_t task) {
  State::Runner& runner = *state_->runners[task];
  if (!runner.ended) runner.signal.emit(asio::cancellation_type::terminal);
}

void Race::cancel_all_but(std::size_t task) {
  for (std::size_t other = 0; other < state_->runners.size(); ++other) {
    if (other != task) cancel(other);
  }
}

asio::awaitable<void> Race::end() {
  for (std::size_t task = 0; task < state_->runners.size(); ++task) cancel(task);
  while (state_->running > 0) (void)co_await state_->changed.wait_to_the_end();
}

}  // namespace entente
