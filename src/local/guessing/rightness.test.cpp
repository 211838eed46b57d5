#include "local/guessing/rightness.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

TEST(Rightness, FollowsWhatHappened) {
  Rightness rightness;
  EXPECT_EQ(rightness.value(), 0.5);
  for (int i = 0; i < 20; ++i) rightness.checked(4, 4);
  EXPECT_GT(rightness.value(), 0.95);
  for (int i = 0; i < 40; ++i) rightness.checked(4, 0);
  EXPECT_LT(rightness.value(), 0.4);
  for (int i = 0; i < 40; ++i) rightness.checked(4, 2);
  EXPECT_NEAR(rightness.value(), 2.0 / 3, 0.05) << "two right, one tried and wrong, one not tried";
}

}  // namespace
}  // namespace entente::local
