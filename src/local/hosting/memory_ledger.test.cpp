#include "local/hosting/memory_ledger.hpp"

#include <random>

#include <gmock/gmock.h>

namespace entente::local {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MemoryLedger::Model resting(std::uint64_t bytes, double used_at) { return {.bytes = bytes, .used_at = used_at}; }

TEST(MemoryLedger, WhatFitsIsLoadedIntoWhatIsLeft) {
  MemoryLedger ledger(100);
  ledger.add("a", resting(40, 1));
  auto plan = ledger.plan({.least = 30, .useful = 60}, 5);
  EXPECT_THAT(plan.go, IsEmpty());
  EXPECT_EQ(plan.room, 60u);
}

TEST(MemoryLedger, TheOneThatWasNotUsedForLongestGoesFirst) {
  MemoryLedger ledger(100);
  ledger.add("a", resting(30, 3));
  ledger.add("b", resting(30, 1));
  ledger.add("c", resting(30, 2));
  EXPECT_THAT(ledger.plan({.least = 20, .useful = 40}, 5).go, ElementsAre("b"));
  EXPECT_THAT(ledger.plan({.least = 20, .useful = 60}, 5).go, ElementsAre("b", "c"));
  ledger.find("b")->pinned = true;
  EXPECT_THAT(ledger.plan({.least = 20, .useful = 40}, 5).go, ElementsAre("c"));
}

TEST(MemoryLedger, OneThatWorksGoesOnlyWhenNothingElseHelpsAndNotAtOnce) {
  MemoryLedger ledger(100);
  ledger.add("works", {.bytes = 60, .in_use = 2, .used_at = 0, .least_stay_until = 7});
  ledger.add("rests", resting(20, 4));
  EXPECT_THAT(ledger.plan({.least = 40, .useful = 60}, 5).go, ElementsAre("rests"))
      << "less than useful is enough then";
  auto plan = ledger.plan({.least = 50, .useful = 60}, 5);
  EXPECT_THAT(plan.go, IsEmpty());
  EXPECT_DOUBLE_EQ(plan.wait, 2);
  EXPECT_LT(plan.room, 50u);
  EXPECT_THAT(ledger.plan({.least = 50, .useful = 60}, 8).go, ElementsAre("rests", "works"));
}

TEST(MemoryLedger, WhatIsGoingAlreadyIsWaitedForWhereItsRoomIsNeeded) {
  MemoryLedger ledger(100);
  ledger.add("going", {.bytes = 50, .in_use = 1, .going = true});
  EXPECT_THAT(ledger.plan({.least = 20, .useful = 50}, 5).go, IsEmpty());
  auto plan = ledger.plan({.least = 60, .useful = 60}, 5);
  EXPECT_THAT(plan.go, ElementsAre("going"));
  EXPECT_EQ(plan.room, 100u);
}

TEST(MemoryLedger, WhatIsLargerThanPinnedModelsLeaveIsNeverLoaded) {
  MemoryLedger ledger(100);
  EXPECT_TRUE(ledger.plan({.least = 101, .useful = 200}, 0).never);
  EXPECT_FALSE(ledger.plan({.least = 100, .useful = 200}, 0).never);
  ledger.add("pinned", {.bytes = 30, .pinned = true});
  EXPECT_TRUE(ledger.plan({.least = 71, .useful = 80}, 0).never);
  EXPECT_FALSE(ledger.plan({.least = 70, .useful = 80}, 0).never);
}

TEST(MemoryLedger, OnlyTheUnpinnedThatRestAreCalledUnused) {
  MemoryLedger ledger(100);
  ledger.add("old", resting(10, 1));
  ledger.add("new", resting(10, 9));
  ledger.add("pinned", {.bytes = 10, .pinned = true});
  ledger.add("works", {.bytes = 10, .in_use = 1});
  ledger.add("going", {.bytes = 10, .going = true});
  EXPECT_THAT(ledger.unused_since(5), ElementsAre("old"));
}

TEST(MemoryLedger, WhateverHappensThePlanKeepsTheBudget) {
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    MemoryLedger ledger(100);
    for (int i = 0; i < 5; ++i) {
      std::uint64_t bytes = random() % 40;
      if (ledger.taken() + bytes > 100) break;
      ledger.add(std::string(1, static_cast<char>('a' + i)), {.bytes = bytes,
                                                              .pinned = random() % 4 == 0,
                                                              .in_use = static_cast<std::uint32_t>(random() % 2),
                                                              .used_at = static_cast<double>(random() % 10),
                                                              .least_stay_until = static_cast<double>(random() % 10)});
    }
    std::uint64_t least = 1 + random() % 100;
    auto plan = ledger.plan({.least = least, .useful = least + random() % 50}, 5);
    std::uint64_t left = ledger.taken();
    for (const std::string& name : plan.go) {
      EXPECT_FALSE(ledger.find(name)->pinned);
      left -= ledger.find(name)->bytes;
    }
    if (plan.never) {
      EXPECT_GT(least + ledger.pinned(), 100u);
    } else if (plan.wait == 0) {
      EXPECT_LE(left + least, 100u) << "a plan that makes too little room";
      EXPECT_EQ(plan.room, 100 - left);
    }
  }
}

}  // namespace
}  // namespace entente::local
