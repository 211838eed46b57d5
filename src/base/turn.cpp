#include "base/turn.hpp"

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace entente {

namespace {

thread_local const OnceATurn* asked = nullptr;  // who will be called; of several, the last

// Calls when it has run, or is dropped without.
struct Call {
  std::shared_ptr<OnceATurn> whom;

  explicit Call(std::shared_ptr<OnceATurn> object) : whom(std::move(object)) {}
  Call(Call&&) noexcept = default;
  Call& operator=(Call&&) = delete;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (!whom) return;
    if (asked == whom.get()) asked = nullptr;
    whom->turn_ended();
  }
  void operator()() const {}
};

}  // namespace

boost::asio::awaitable<void> once_this_turn(std::shared_ptr<OnceATurn> whom) {
  if (asked == whom.get()) co_return;
  auto executor = co_await boost::asio::this_coro::executor;
  asked = whom.get();
  boost::asio::post(executor, Call(std::move(whom)));
}

}  // namespace entente
