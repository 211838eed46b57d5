#include "base/notifier.hpp"

#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace entente {
namespace {
namespace asio = boost::asio;

TEST(Notifier, ANotificationBeforeTheWaitIsNotLost) {
  asio::io_context io;
  Notifier notifier;
  notifier.notify();
  notifier.notify();  // two before one wait are one
  int woken = 0;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        if (co_await notifier.wait()) ++woken;
      },
      asio::detached);
  io.run();
  EXPECT_EQ(woken, 1);
}

TEST(Notifier, WakesAcrossThreadsOnTheWaitersOwnThread) {
  asio::io_context io;
  Notifier notifier;
  std::thread::id resumed_on;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        if (co_await notifier.wait()) resumed_on = std::this_thread::get_id();
      },
      asio::detached);
  std::thread other([&] { notifier.notify(); });
  io.run();
  other.join();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

// Found by ThreadSanitizer (./dev soak tsan), which is where this test can fail.
TEST(Notifier, TheContextMayGoAsSoonAsItsLastTaskEnds) {
  for (int round = 0; round < 200; ++round) {
    auto notifier = std::make_shared<Notifier>();
    std::thread other([notifier] { notifier->notify(); });
    {
      asio::io_context io;
      asio::co_spawn(
          io, [notifier]() -> asio::awaitable<void> { EXPECT_TRUE(co_await notifier->wait()); }, asio::detached);
      io.run();
    }
    other.join();
  }
}

TEST(Notifier, ACancelledWaitIsAnErrorAndTheRestOfTheTaskStillRuns) {
  asio::io_context io;
  Notifier notifier;
  asio::cancellation_signal leave;
  ErrorCode seen = ErrorCode::internal;
  bool settled = false;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto first = co_await notifier.wait();
        if (!first) seen = first.error().code;
        co_await shield();
        settled = (co_await notifier.wait()).has_value();
      },
      asio::bind_cancellation_slot(leave.slot(), asio::detached));
  io.poll();
  leave.emit(asio::cancellation_type::terminal);
  io.restart();
  io.poll();
  EXPECT_EQ(seen, ErrorCode::cancelled);
  leave.emit(asio::cancellation_type::terminal);  // shielded: nobody hears it
  notifier.notify();
  io.restart();
  io.run();
  EXPECT_TRUE(settled);
}

}  // namespace
}  // namespace entente
