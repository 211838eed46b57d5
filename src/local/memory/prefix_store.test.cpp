#include "local/memory/prefix_store.hpp"

#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "local/memory/test_shelf.hpp"

namespace entente::local {
namespace {

std::vector<Token> tokens(Token from, std::size_t count) {
  std::vector<Token> out(count);
  std::iota(out.begin(), out.end(), from);
  return out;
}

std::vector<Token> joined(std::vector<Token> a, const std::vector<Token>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<std::uint8_t> state(std::size_t bytes, std::uint8_t mark = 0) {
  return std::vector<std::uint8_t>(bytes, mark);
}

TEST(PrefixStore, FindsTheLongestCommonBeginning) {
  PrefixStore store(1000);
  store.keep("a", joined(tokens(0, 10), tokens(100, 5)), state(150, 1));
  store.keep("a", joined(tokens(0, 10), tokens(200, 9)), state(190, 2));
  auto found = store.find("a", joined(tokens(0, 10), tokens(200, 4)));
  EXPECT_EQ(found.tokens, 14u);
  EXPECT_EQ(found.state[0], 2);
  EXPECT_EQ(store.find("a", joined(tokens(0, 10), tokens(300, 4))).state[0], 1) << "equal: the smaller one";
  EXPECT_EQ(store.find("a", tokens(5, 10)).tokens, 0u);
  EXPECT_EQ(store.find("a", {}).tokens, 0u);
}

TEST(PrefixStore, KeepsTenantsApart) {
  PrefixStore store(1000);
  store.keep("a", tokens(0, 10), state(100));
  EXPECT_EQ(store.find("b", tokens(0, 10)).tokens, 0u);
  EXPECT_EQ(store.known("b", tokens(0, 10)), 0u);
  store.keep("b", tokens(0, 10), state(100));
  EXPECT_EQ(store.entries(), 2u);
}

TEST(PrefixStore, AnEntryReplacesItsOwnBeginnings) {
  PrefixStore store(1000);
  store.keep("a", tokens(0, 10), state(100));
  store.keep("a", tokens(0, 20), state(200));
  EXPECT_EQ(store.entries(), 1u);
  EXPECT_EQ(store.bytes(), 200u);
  EXPECT_EQ(store.find("a", tokens(0, 10)).tokens, 10u);
}

TEST(PrefixStore, WhatIsUsedStaysAndTheBudgetHolds) {
  PrefixStore store(1000);
  store.keep("a", tokens(0, 10), state(100));
  for (Token i = 1; i <= 100; ++i) {
    store.keep("a", tokens(i * 1000, 10), state(100));
    EXPECT_LE(store.bytes(), 1000u);
    EXPECT_EQ(store.find("a", tokens(0, 10)).tokens, 10u) << "used all the time, gone at " << i;
  }
  EXPECT_EQ(store.entries(), 10u);
}

TEST(PrefixStore, WhatWasUsedOnceUponATimeGoesInTheEnd) {
  PrefixStore store(1000);
  store.keep("a", tokens(0, 10), state(100));
  for (int i = 0; i < 20; ++i) (void)store.find("a", tokens(0, 10));
  for (Token i = 1; i <= 1000; ++i) {
    store.keep("a", tokens(i * 1000, 10), state(100));
    (void)store.find("a", tokens(i * 1000, 10));
  }
  EXPECT_EQ(store.known("a", tokens(0, 10)), 0u);
}

TEST(PrefixStore, WhatIsLargerThanTheBudgetIsNotKept) {
  PrefixStore store(99);
  store.keep("a", tokens(0, 10), state(100));
  EXPECT_EQ(store.entries(), 0u);
  EXPECT_EQ(store.bytes(), 0u);
  PrefixStore none(0);
  none.keep("a", tokens(0, 10), state(100));
  EXPECT_EQ(none.entries(), 0u);
}

// With a shelf. Entries have 100 tokens: fewer are not worth a disk.

constexpr std::size_t more = least_on_shelf;

TEST(PrefixStoreOnAShelf, WhatGoesCanBeBroughtBack) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 10; ++i) store.keep("a", tokens(i * 1000, 100), state(400, static_cast<std::uint8_t>(i)));
  EXPECT_EQ(store.entries(), 2u);
  for (Token i = 0; i < 8; ++i) {
    EXPECT_EQ(store.known("a", tokens(i * 1000, 100)), 0u);
    EXPECT_EQ(store.known_anywhere("a", tokens(i * 1000, 100), more), 100u);
  }
  Shelf::Id reading = store.fetch("a", tokens(3000, 100), more);
  ASSERT_NE(reading, 0u);
  EXPECT_TRUE(store.coming(reading));
  EXPECT_FALSE(store.take_back()) << "it was not read yet";
  shelf->read_all();
  EXPECT_TRUE(store.take_back());
  EXPECT_FALSE(store.coming(reading));
  auto found = store.find("a", tokens(3000, 100));
  EXPECT_EQ(found.tokens, 100u);
  EXPECT_EQ(found.state[0], 3);
  EXPECT_LE(store.bytes(), 1000u);
  EXPECT_EQ(store.fetch("a", tokens(3000, 100), more), 0u) << "it is here";
}

TEST(PrefixStoreOnAShelf, OnlyTheHalfThatIsWorthLeastIsWritten) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 5; ++i) store.keep("a", tokens(i * 1000, 100), state(100));
  EXPECT_EQ(shelf->entries.size(), 0u);
  for (int i = 0; i < 10; ++i) (void)store.find("a", tokens(0, 100));
  for (Token i = 5; i < 10; ++i) store.keep("a", tokens(i * 1000, 100), state(100));
  EXPECT_EQ(shelf->entries.size(), 5u);
  for (const auto& [id, entry] : shelf->entries) EXPECT_NE(entry.tokens.front(), 0) << "the one that is used";
}

TEST(PrefixStoreOnAShelf, NothingIsLostBecauseAnotherWasUsedMeanwhile) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  store.keep("a", tokens(0, 100), state(400));
  for (Token i = 1; i < 20; ++i) {
    store.keep("a", tokens(i * 1000, 100), state(400));
    (void)store.find("a", tokens(0, 100));
  }
  for (Token i = 0; i < 20; ++i) EXPECT_EQ(store.known_anywhere("a", tokens(i * 1000, 100), more), 100u) << i;
}

TEST(PrefixStoreOnAShelf, AConversationThatGrowsIsNotWrittenAtEachTurn) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(2000, shelf);
  for (std::size_t turn = 1; turn <= 10; ++turn) store.keep("a", tokens(0, turn * 100), state(turn * 100));
  EXPECT_EQ(shelf->next, 1u);
}

TEST(PrefixStoreOnAShelf, ShortEntriesAreNotWorthADisk) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 10; ++i) store.keep("a", tokens(i * 1000, least_on_shelf - 1), state(400));
  EXPECT_EQ(shelf->next, 1u);
}

TEST(PrefixStoreOnAShelf, IsNotAskedForLittleMoreThanIsHereNorForOthers) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  store.keep("a", tokens(0, 100), state(900));
  store.keep("a", joined(tokens(0, 50), tokens(500, 100)), state(900));
  EXPECT_EQ(store.fetch("a", tokens(0, 100), 51), 0u) << "50 more than the 50 that are here";
  EXPECT_EQ(store.fetch("b", tokens(0, 100), 1), 0u);
  EXPECT_EQ(store.known_anywhere("b", tokens(0, 100), more), 0u);
  EXPECT_NE(store.fetch("a", tokens(0, 100), 50), 0u);
}

TEST(PrefixStoreOnAShelf, ALargeEntryIsNotReadForALittleOfIt) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(10'000, shelf);
  store.keep("a", tokens(0, 4000), state(8000));
  store.keep("a", tokens(5000, 4000), state(8000));
  EXPECT_EQ(store.fetch("a", tokens(0, 249), more), 0u);
  EXPECT_EQ(store.known_anywhere("a", tokens(0, 249), more), 0u);
  EXPECT_EQ(store.known_anywhere("a", tokens(0, 250), more), 250u);
  EXPECT_NE(store.fetch("a", tokens(0, 250), more), 0u);
}

TEST(PrefixStoreOnAShelf, WhatIsStillBeingWrittenCountsAsMemory) {
  auto shelf = std::make_shared<TestShelf>();
  shelf->writes_at_once = false;
  shelf->writing = true;
  PrefixStore store(1000, shelf);
  store.keep("a", tokens(0, 100), state(600));
  EXPECT_EQ(shelf->entries.size(), 1u);
  store.keep("a", tokens(1000, 100), state(600));
  EXPECT_EQ(store.entries(), 0u) << "the first has gone, but not its memory";
  shelf->write_all();
  store.keep("a", tokens(1000, 100), state(600));
  EXPECT_EQ(store.entries(), 1u);
}

TEST(PrefixStoreOnAShelf, WhatWaitsToBeWrittenIsGivenUpWhenItsMemoryIsWanted) {
  auto shelf = std::make_shared<TestShelf>();
  shelf->writes_at_once = false;
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 10; ++i) {
    store.keep("a", tokens(i * 1000, 100), state(600));
    EXPECT_EQ(store.entries(), 1u);
    EXPECT_EQ(shelf->entries.size(), 1u) << "no queue grows";
  }
}

TEST(PrefixStoreOnAShelf, RoomForWhatComesIsKeptAndWhoFindsNoneWaits) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 3; ++i) store.keep("a", tokens(i * 1000, 100), state(600));
  Shelf::Id first = store.fetch("a", tokens(0, 100), more);
  EXPECT_EQ(store.entries(), 0u) << "made room";
  EXPECT_EQ(store.fetch("a", tokens(1000, 100), more), first) << "no room beside it: ask again when it is there";
  EXPECT_EQ(store.fetch("a", tokens(0, 100), more), first) << "it is read once";
  EXPECT_EQ(shelf->fetched, 1);
  store.keep("a", tokens(5000, 100), state(600));
  EXPECT_EQ(store.entries(), 0u) << "the room is promised";
  shelf->read_all();
  EXPECT_TRUE(store.take_back());
  EXPECT_EQ(store.known("a", tokens(0, 100)), 100u);
  EXPECT_NE(store.fetch("a", tokens(1000, 100), more), 0u);
  EXPECT_EQ(shelf->fetched, 2);
}

TEST(PrefixStoreOnAShelf, WhatCannotBeReadIsNotWaitedForAndItsRoomIsFree) {
  auto shelf = std::make_shared<TestShelf>();
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 2; ++i) store.keep("a", tokens(i * 1000, 100), state(600));
  Shelf::Id reading = store.fetch("a", tokens(0, 100), more);
  shelf->read_all(false);
  EXPECT_TRUE(store.take_back());
  EXPECT_FALSE(store.coming(reading));
  EXPECT_EQ(store.fetch("a", tokens(0, 100), more), 0u);
  store.keep("a", tokens(0, 100), state(600));
  EXPECT_EQ(store.entries(), 1u);
}

TEST(PrefixStoreOnAShelf, AShelfThatRefusesChangesNothing) {
  auto shelf = std::make_shared<TestShelf>();
  shelf->refuses = true;
  PrefixStore store(1000, shelf);
  for (Token i = 0; i < 10; ++i) {
    store.keep("a", tokens(i * 1000, 100), state(400));
    EXPECT_EQ(store.known("a", tokens(i * 1000, 100)), 100u);
    EXPECT_LE(store.bytes(), 1000u);
  }
}

}  // namespace
}  // namespace entente::local
