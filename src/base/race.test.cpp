// Tasks beside each other on one thread: who ends first, who is told to stop, and that everybody ends.
#include "base/race.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "base/notifier.hpp"

namespace entente {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Gate {
  Notifier open;
  bool settled = false;
  Task<> pass(Result<> result = {}) {
    Result<> came = co_await open.wait();
    co_await shield();
    settled = true;
    if (!came) co_return came;
    co_return result;
  }
};

Result<> run(Task<> task) {
  asio::io_context io;
  auto root = [](Task<> inner) -> Task<> {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_return co_await std::move(inner);
  };
  auto result = asio::co_spawn(io, root(std::move(task)), asio::use_future);
  io.run();
  return result.get();
}

TEST(Race, TheFirstToEndIsToldAndTheOthersAreStopped) {
  Gate slow, quick;
  auto body = [&]() -> Task<> {
    Race race;
    co_await race.start(slow.pass());
    CO_TRY_ASSIGN(auto nobody, co_await race.next_within(1ms));
    EXPECT_FALSE(nobody);
    co_await race.start(quick.pass(fail(ErrorCode::timeout, "late")));
    quick.open.notify();
    CO_TRY_ASSIGN(auto first, co_await race.next_within());
    EXPECT_EQ(first, 1u);
    EXPECT_EQ(race.result(1).error().code, ErrorCode::timeout);
    EXPECT_FALSE(slow.settled);
    race.cancel_all_but(1);
    CO_TRY_ASSIGN(auto second, co_await race.next_within());
    EXPECT_EQ(second, 0u);
    EXPECT_EQ(race.result(0).error().code, ErrorCode::cancelled);
    CO_TRY_ASSIGN(auto none, co_await race.next_within());
    EXPECT_FALSE(none) << "nobody runs";
    co_await race.end();
    co_return Result<>{};
  };
  EXPECT_TRUE(run(body()));
  EXPECT_TRUE(slow.settled);
}

TEST(Race, EndWaitsForWhoeverRuns) {
  Gate one, two;
  auto body = [&]() -> Task<> {
    Race race;
    co_await race.start(one.pass());
    co_await race.start(two.pass());
    co_await race.end();
    EXPECT_TRUE(one.settled && two.settled);
    co_return Result<>{};
  };
  EXPECT_TRUE(run(body()));
}

TEST(Race, WhoeverAwaitsMayLeaveAndStillEndsIt) {
  Gate one;
  asio::io_context io;
  asio::cancellation_signal leave;
  Result<> result;
  auto body = [&]() -> Task<> {
    co_await asio::this_coro::throw_if_cancelled(false);
    Race race;
    co_await race.start(one.pass());
    auto next = co_await race.next_within();
    EXPECT_FALSE(one.settled);
    co_await race.end();
    if (!next) co_return fail(next.error());
    co_return Result<>{};
  };
  asio::co_spawn(io, body(), asio::bind_cancellation_slot(leave.slot(), [&](std::exception_ptr, Result<> done) {
                   result = std::move(done);
                 }));
  asio::post(io, [&] { asio::post(io, [&] { leave.emit(asio::cancellation_type::terminal); }); });
  io.run();
  EXPECT_EQ(result.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(one.settled);
}

}  // namespace
}  // namespace entente
