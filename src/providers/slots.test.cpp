// Who waits for a slot, on several threads.
#include "providers/slots.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/runner.hpp"

namespace entente::providers {
namespace {
using namespace std::chrono_literals;

TEST(Slots, WithoutALimitEverybodyRuns) {
  auto slots = std::make_shared<Slots>();
  auto first = net::run_blocking(slots->take(0, 0ms)), second = net::run_blocking(slots->take(0, 0ms));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(slots->running(), 2u);
}

TEST(Slots, AFullPlaceIsRefusedAtOnceOrWhenTheTimeIsOver) {
  auto slots = std::make_shared<Slots>();
  auto held = net::run_blocking(slots->take(1, 0ms));
  ASSERT_TRUE(held);
  EXPECT_EQ(net::run_blocking(slots->take(1, 0ms)).error().reason, "deployment_full");
  EXPECT_EQ(net::run_blocking(slots->take(1, 20ms)).error().reason, "queue_timeout");
  EXPECT_EQ(slots->waiting(), 0u);
  *held = Slots::Slot();
  EXPECT_EQ(slots->running(), 0u);
  EXPECT_TRUE(net::run_blocking(slots->take(1, 0ms)));
}

TEST(Slots, WhoeverLeavesTheLineTakesNothingWithIt) {
  auto slots = std::make_shared<Slots>();
  auto held = net::run_blocking(slots->take(1, 0ms));
  std::stop_source leave;
  std::thread waiter([&] {
    auto slot = net::run_blocking(slots->take(1, 60s), leave.get_token());
    EXPECT_EQ(slot.error().code, ErrorCode::cancelled);
  });
  while (slots->waiting() == 0) std::this_thread::yield();
  leave.request_stop();
  waiter.join();
  *held = Slots::Slot();
  EXPECT_EQ(slots->running(), 0u);
}

TEST(Slots, NoTurnIsLostAndNeverMoreThanTheLimitRun) {
  auto slots = std::make_shared<Slots>();
  std::atomic<int> inside = 0, most = 0, done = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        auto slot = net::run_blocking(slots->take(3, 60s));
        ASSERT_TRUE(slot) << slot.error().message;
        int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --inside;
        ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 2400);
  EXPECT_LE(most, 3);
  EXPECT_EQ(slots->running(), 0u);
}

}  // namespace
}  // namespace entente::providers
