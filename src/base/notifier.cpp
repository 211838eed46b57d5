#include "base/notifier.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace entente {
namespace asio = boost::asio;

namespace {
using Handler = asio::any_completion_handler<void(bool notified)>;

struct Waiter {
  asio::any_io_executor executor;
  Handler handler;
};

// Resumes the waiting task on its own executor, never on the thread that calls.
void resume(Waiter waiter, bool notified) {
  asio::post(waiter.executor,
             [handler = std::move(waiter.handler), notified]() mutable { std::move(handler)(notified); });
}
}  // namespace

struct Notifier::State {
  std::mutex mutex;
  bool pending = false;
  std::optional<Waiter> waiter;
};

Notifier::Notifier() : state_(std::make_shared<State>()) {}
Notifier::~Notifier() = default;

void Notifier::notify() noexcept {
  std::lock_guard lock(state_->mutex);  // until post() has returned: see suspend()
  auto waiter = std::exchange(state_->waiter, std::nullopt);
  if (waiter) {
    resume(std::move(*waiter), true);
  } else {
    state_->pending = true;
  }
}

void Notifier::notify_all(std::span<Notifier* const> notifiers) noexcept {
  struct Group {
    asio::any_io_executor executor;
    std::vector<Handler> handlers;
  };
  std::vector<Group> groups;                        // one for most
  std::vector<std::unique_lock<std::mutex>> locks;  // as in notify()
  locks.reserve(notifiers.size());
  for (Notifier* notifier : notifiers) {
    locks.emplace_back(notifier->state_->mutex);
    auto waiter = std::exchange(notifier->state_->waiter, std::nullopt);
    if (!waiter) {
      notifier->state_->pending = true;
      continue;
    }
    auto group = std::ranges::find(groups, waiter->executor, &Group::executor);
    if (group == groups.end()) group = groups.insert(group, Group{waiter->executor, {}});
    group->handlers.push_back(std::move(waiter->handler));
  }
  for (Group& group : groups) {
    asio::post(group.executor, [handlers = std::move(group.handlers)]() mutable {
      for (Handler& handler : handlers) std::move(handler)(true);
    });
  }
}

namespace {

// Suspends until notified (true) or, if `cancellable`, cancelled (false).
template <class State>
asio::awaitable<bool> suspend(std::shared_ptr<State> state, bool cancellable) {
  auto initiate = [state, cancellable, executor = co_await asio::this_coro::executor](Handler handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (cancellable && slot.is_connected()) {
      slot.assign([state](asio::cancellation_type) {
        std::optional<Waiter> waiter;
        {
          std::lock_guard lock(state->mutex);
          waiter = std::exchange(state->waiter, std::nullopt);
        }
        if (waiter) resume(std::move(*waiter), false);
      });
    }
    Waiter waiter{executor, std::move(handler)};
    {
      std::lock_guard lock(state->mutex);
      if (!std::exchange(state->pending, false)) {
        state->waiter = std::move(waiter);
        return;
      }
    }
    resume(std::move(waiter), true);
  };
  bool notified = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(initiate),
                                                                                           asio::use_awaitable);
  // The thread that notified may still be inside post(), which touches the io_context once more after this task can
  // run. Were this the context's last task, the context could be gone by then.
  std::lock_guard lock(state->mutex);
  co_return notified;
}

}  // namespace

Task<> Notifier::wait() {
  bool cancelled = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
  if (cancelled || !co_await suspend(state_, true)) co_return fail(ErrorCode::cancelled, "Whoever asked has left.");
  co_return Result<>{};
}

Task<> Notifier::wait_to_the_end() {
  co_await suspend(state_, false);
  co_return Result<>{};
}

}  // namespace entente
