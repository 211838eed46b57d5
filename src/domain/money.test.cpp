#include "domain/money.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace entente {
namespace {

TEST(Money, RoundsOnceAndHalfToEven) {
  EXPECT_EQ(*cost_in_nano(1, 500'000), 0);    // 0.5 -> 0
  EXPECT_EQ(*cost_in_nano(3, 500'000), 2);    // 1.5 -> 2
  EXPECT_EQ(*cost_in_nano(5, 500'000), 2);    // 2.5 -> 2
  EXPECT_EQ(*cost_in_nano(1, 500'001), 1);    // just above half
  EXPECT_EQ(*cost_in_nano(-3, 500'000), -2);  // a refund rounds like a charge
  EXPECT_EQ(*cost_in_nano(1'000'000, 2'000'000'000), 2'000'000'000);
}

TEST(Money, AnAmountThatDoesNotFitIsAnErrorAndNeverWraps) {
  auto huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(cost_in_nano(huge, huge));
  EXPECT_EQ(*cost_in_nano(huge, 1'000'000), huge);
}

}  // namespace
}  // namespace entente
