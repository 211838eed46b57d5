#include "local/memory/spill_index.hpp"

#include <numeric>
#include <random>

#include <gmock/gmock.h>

#include "local/memory/spill_file.hpp"

namespace entente::local {
namespace {

using testing::ElementsAre;

std::vector<Token> tokens(Token from, std::size_t count) {
  std::vector<Token> out(count);
  std::iota(out.begin(), out.end(), from);
  return out;
}

SpillIndex::Entry entry(Token from, std::size_t count, std::string owner = "a", SpillIndex::ShelfId shelf = 1) {
  return {.shelf = shelf, .owner = std::move(owner), .tokens = tokens(from, count), .bytes = count * 1000};
}

TEST(SpillIndex, FindsTheLongestBeginningOfItsOwnerAndShelf) {
  SpillIndex index(10);
  ASSERT_TRUE(index.add(1, entry(0, 100), 1));
  EXPECT_EQ(index.best(1, "a", tokens(0, 200)).id, 0u) << "it is not written yet";
  index.written(1);
  ASSERT_TRUE(index.add(2, entry(0, 150, "b"), 1));
  ASSERT_TRUE(index.add(3, entry(0, 150, "a", 2), 1));
  index.written(2);
  index.written(3);
  EXPECT_EQ(index.best(1, "a", tokens(0, 200)).id, 1u);
  EXPECT_EQ(index.best(1, "a", tokens(0, 200)).tokens, 100u);
  EXPECT_EQ(index.best(1, "a", tokens(0, 40)).tokens, 40u);
  EXPECT_EQ(index.best(1, "b", tokens(0, 200)).id, 2u);
  EXPECT_EQ(index.best(2, "a", tokens(0, 200)).id, 3u);
  EXPECT_EQ(index.best(2, "b", tokens(0, 200)).id, 0u);
  EXPECT_EQ(index.covering(1, "a", tokens(0, 60)), 1u);
  EXPECT_EQ(index.covering(1, "a", tokens(0, 160)), 0u);
}

TEST(SpillIndex, ALongerEntryReplacesItsBeginningsOnceItIsWritten) {
  SpillIndex index(10);
  for (SpillIndex::Id id : {1, 2, 3}) ASSERT_TRUE(index.add(id, entry(0, id * 100, id == 2 ? "b" : "a"), 1));
  index.written(1);
  index.written(2);
  EXPECT_NE(index.find(1), nullptr);
  index.written(3);
  EXPECT_EQ(index.find(1), nullptr);
  EXPECT_NE(index.find(2), nullptr) << "somebody else's";
  EXPECT_EQ(index.slots_in_use(), 2u);
}

TEST(SpillIndex, SlotsAreTheLowestAndTheEndIsGivenBack) {
  SpillIndex index(10);
  ASSERT_TRUE(index.add(1, entry(0, 100), 3));
  ASSERT_TRUE(index.add(2, entry(1000, 100), 2));
  ASSERT_TRUE(index.add(3, entry(2000, 100), 2));
  index.remove(1);
  ASSERT_TRUE(index.add(4, entry(3000, 100), 4));
  EXPECT_THAT(index.find(4)->slots, ElementsAre(0, 1, 2, 7));
  EXPECT_EQ(index.end(), 8u);
  index.remove(4);
  EXPECT_EQ(index.end(), 7u);
  index.remove(2);
  index.remove(3);
  EXPECT_EQ(index.end(), 0u);
  EXPECT_EQ(index.slots_in_use(), 0u);
}

TEST(SpillIndex, WhatIsWorthLeastGoesAndWhatIsReadOrWrittenStays) {
  SpillIndex index(3);
  ASSERT_TRUE(index.add(1, entry(0, 100), 1));
  ASSERT_TRUE(index.add(2, entry(1000, 100), 1));
  ASSERT_TRUE(index.add(3, entry(2000, 100), 1));
  EXPECT_FALSE(index.add(4, entry(3000, 100), 1)) << "all are being written";
  for (SpillIndex::Id id : {1, 2, 3}) index.written(id);
  index.used(1, 5);
  index.set_reading(2, true);
  ASSERT_TRUE(index.add(4, entry(3000, 100), 1));
  EXPECT_EQ(index.find(3), nullptr) << "neither used nor read";
  EXPECT_FALSE(index.add(5, entry(4000, 100), 4)) << "more than there is";
}

TEST(SpillIndex, TheTokensOfALargerModelAreWorthMore) {
  SpillIndex index(2);
  SpillIndex::Entry large = entry(0, 100), small = entry(1000, 100, "a", 2);
  large.cost = 10;
  ASSERT_TRUE(index.add(1, large, 1));
  ASSERT_TRUE(index.add(2, small, 1));
  index.written(1);
  index.written(2);
  ASSERT_TRUE(index.add(3, entry(2000, 100, "a", 2), 1));
  EXPECT_NE(index.find(1), nullptr);
  EXPECT_EQ(index.find(2), nullptr);
}

TEST(SpillIndex, WhatBelongsToAModelGoesWithIt) {
  SpillIndex index(10);
  ASSERT_TRUE(index.add(1, entry(0, 100, "a", 1), 2));
  ASSERT_TRUE(index.add(2, entry(0, 100, "a", 2), 3));
  index.written(1);
  index.written(2);
  EXPECT_EQ(index.stats(2).bytes, 3 * SpillFile::slot_bytes);
  EXPECT_EQ(index.stats(2).entries, 1u);
  index.remove_shelf(2);
  EXPECT_EQ(index.stats(2).entries, 0u);
  EXPECT_EQ(index.slots_in_use(), 2u);
}

TEST(SpillIndex, NoSlotIsEverGivenTwice) {
  SpillIndex index(64);
  std::mt19937 random(7);
  std::map<SpillIndex::Id, bool> here;
  for (SpillIndex::Id id = 1; id <= 3000; ++id) {
    if (index.add(id, entry(static_cast<Token>(id * 1000), 100), 1 + random() % 9)) here[id] = true;
    index.written(id);
    if (random() % 4 == 0) index.remove(1 + random() % id);
    std::set<std::uint32_t> taken;
    std::uint32_t count = 0;
    for (auto& [other, is] : here) {
      const SpillIndex::Entry* found = index.find(other);
      is = found != nullptr;
      if (!found) continue;
      taken.insert(found->slots.begin(), found->slots.end());
      count += static_cast<std::uint32_t>(found->slots.size());
    }
    std::erase_if(here, [](const auto& one) { return !one.second; });
    ASSERT_EQ(taken.size(), count);
    ASSERT_EQ(index.slots_in_use(), count);
    ASSERT_LE(count, 64u);
    ASSERT_TRUE(taken.empty() || *taken.rbegin() < index.end());
  }
}

}  // namespace
}  // namespace entente::local
