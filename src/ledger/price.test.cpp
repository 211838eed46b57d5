#include "ledger/price.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace entente::ledger {
namespace {

const Price price{.currency = "EUR", .input_nano_per_million = 2'000'000'000, .output_nano_per_million = 8'000'000'000};

TEST(Price, InputAndOutputHaveTheirOwnPrice) {
  EXPECT_EQ(*cost_of({.prompt_tokens = 1000, .completion_tokens = 500}, price), (Money{2'000'000 + 4'000'000, "EUR"}));
}

TEST(Price, CachedAndReasoningTokensArePartOfTheirSumsAndCountedOnce) {
  Usage plain{.prompt_tokens = 1000, .completion_tokens = 500};
  Usage detailed{.prompt_tokens = 1000, .cached_tokens = 900, .completion_tokens = 500, .reasoning_tokens = 400};
  EXPECT_EQ(*cost_of(plain, price), *cost_of(detailed, price));
}

TEST(Price, WhatIsSetAsideCoversWhatMayBeUsed) {
  EXPECT_GE(most_cost_of(1000, 500, price)->nano,
            cost_of({.prompt_tokens = 1000, .completion_tokens = 499}, price)->nano);
}

TEST(Price, WithoutAPriceNothingIsOwed) { EXPECT_EQ(*cost_of({.prompt_tokens = 5}, std::nullopt), Money{}); }

TEST(Price, ASumThatDoesNotFitIsAnError) {
  Price dear{.currency = "EUR", .input_nano_per_million = 1'000'000, .output_nano_per_million = 1'000'000};
  auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(cost_of({.prompt_tokens = most, .completion_tokens = 1}, dear));
}

}  // namespace
}  // namespace entente::ledger
