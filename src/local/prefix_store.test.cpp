#include "local/prefix_store.hpp"

#include <numeric>
#include <random>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace entente::local
