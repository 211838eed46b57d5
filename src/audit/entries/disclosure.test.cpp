#include "audit/entries/disclosure.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace entente::audit {
namespace {

std::vector<std::string> texts_of(std::size_t count) {
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i % 3));  // some are alike
  return texts;
}

// RFC 6962, section 2.1, as it is written there.
Digest mth(std::span<const std::string> entries) {
  if (entries.size() == 1) return hash_entry(entries[0]);
  std::size_t k = 1;
  while (k * 2 < entries.size()) k *= 2;
  return hash_children(mth(entries.first(k)), mth(entries.subspan(k)));
}

TEST(Disclosure, EachTextIsShownByItselfAndTheTreeIsRfc6962s) {
  const Salt secret = new_salt();
  for (std::size_t count = 1; count <= 40; ++count) {
    std::vector<std::string> texts = texts_of(count);
    Tree tree = seal_texts(texts, secret);
    EXPECT_EQ(tree.size, count);
    std::vector<std::string> leaves;
    for (const Opened& one : open_texts(texts, secret)) {
      EXPECT_TRUE(check_opened(one, tree)) << count << ": " << one.index;
      leaves.push_back(std::string(as_text(one.salt)) + one.text);
    }
    ASSERT_EQ(leaves.size(), count);
    EXPECT_EQ(tree.root, mth(leaves)) << count;
  }
  EXPECT_EQ(seal_texts({}, secret), Tree{});
}

TEST(Disclosure, WhatIsShownOtherwiseIsFound) {
  std::vector<std::string> texts = texts_of(11);
  const Salt secret = new_salt();
  Tree tree = seal_texts(texts, secret);
  for (const Opened& honest : open_texts(texts, secret)) {
    Opened other = honest;
    other.text += " ";
    EXPECT_FALSE(check_opened(other, tree));
    other = honest;
    other.salt[31] ^= 1;
    EXPECT_FALSE(check_opened(other, tree));
    for (std::uint64_t index = 0; index < 13; ++index) {
      other = honest;
      other.index = index;
      EXPECT_EQ(check_opened(other, tree).has_value(), index == honest.index) << index;
    }
    other = honest;
    other.proof.pop_back();
    EXPECT_FALSE(check_opened(other, tree));
    other = honest;
    other.proof.front()[0] ^= 1;
    EXPECT_FALSE(check_opened(other, tree));
  }
}

TEST(Disclosure, NoTwoLeavesAndNoTwoDecisionsShareASalt) {
  std::set<Salt> seen;
  std::size_t shown = 0;
  for (int decision = 0; decision < 20; ++decision) {
    const Salt secret = new_salt();
    seen.insert(secret);
    ++shown;
    for (const Opened& one : open_texts(texts_of(50), secret)) {
      seen.insert(one.salt);
      ++shown;
    }
  }
  EXPECT_EQ(seen.size(), shown);
}

}  // namespace
}  // namespace entente::audit
