#include "net/runner.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace entente::net {
namespace asio = boost::asio;

void run_until_done(std::function<asio::awaitable<void>()> work, std::stop_token stop) {
  asio::io_context io;
  asio::cancellation_signal cancel;
  asio::steady_timer again(io);
  bool done = false;
  // A signal given between two operations is lost, so it is given until the task ends; and only on the task's own
  // thread.
  std::function<void()> insist = [&] {
    if (done) return;
    cancel.emit(asio::cancellation_type::terminal);
    again.expires_after(std::chrono::milliseconds(20));
    again.async_wait([&](const boost::system::error_code& ended) {
      if (!ended) insist();
    });
  };
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await work();
      },
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr failure) {
        done = true;
        again.cancel();
        if (failure) std::rethrow_exception(failure);
      }));
  std::stop_callback when_stopped(stop, [&] { asio::post(io, insist); });
  io.run();
}

Task<> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  auto [failure] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (failure) co_return fail(ErrorCode::cancelled, "The waiting was cut short.");
  co_return Result<>{};
}

}  // namespace entente::net
