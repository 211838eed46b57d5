#include "local/guessing/prompt_lookup.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

using Tokens = std::vector<PromptLookup::Token>;

PromptLookup with(const Tokens& text) {
  PromptLookup lookup;
  lookup.add(text);
  return lookup;
}

TEST(PromptLookup, ProposesWhatFollowedTheLastTime) {
  EXPECT_EQ(with({1, 2, 3, 4, 5, 6, 1, 2, 3}).propose(2), (Tokens{4, 5}));
  EXPECT_EQ(with({1, 2, 3, 4, 9, 1, 2, 3, 5, 9, 1, 2, 3}).propose(1), Tokens{5}) << "the latest time";
  EXPECT_EQ(with({1, 2, 3, 4, 1, 2, 3}).propose(20), (Tokens{4, 1, 2, 3})) << "no further than the text goes";
  EXPECT_EQ(with({7, 7, 7, 7}).propose(5), Tokens{7}) << "a repetition goes on";
}

TEST(PromptLookup, NewWordsProposeNothing) {
  for (const Tokens& text : {Tokens{}, Tokens{1}, Tokens{1, 2, 3}, Tokens{1, 2, 3, 4, 5}, Tokens{1, 2, 3, 4, 2, 3}})
    EXPECT_TRUE(with(text).propose(5).empty()) << text.size();
  EXPECT_TRUE(with({1, 2, 3, 4, 1, 2, 3}).propose(0).empty());
}

TEST(PromptLookup, TextMayComeInPieces) {
  PromptLookup lookup;
  for (PromptLookup::Token token : {1, 2, 3, 4, 5, 1, 2, 3}) lookup.add({&token, 1});
  EXPECT_EQ(lookup.propose(9), (Tokens{4, 5, 1, 2, 3}));
}

}  // namespace
}  // namespace entente::local
