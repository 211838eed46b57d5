#include "local/guessing/sureness.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

TEST(Sureness, BeforeAnythingWasCheckedTheSurerIsTheLikelier) {
  Sureness sureness;
  for (double given = 0; given < 0.8; given += 0.125) EXPECT_LT(sureness.chance(given), sureness.chance(given + 0.125));
  EXPECT_GT(sureness.chance(0), 0.3);
  EXPECT_LT(sureness.chance(1), 1);
}

TEST(Sureness, FollowsWhatWasCheckedOfItsKind) {
  Sureness sureness;
  double before = sureness.chance(0.9);
  for (int i = 0; i < 200; ++i) sureness.checked(0.3, i % 10 != 0);
  EXPECT_NEAR(sureness.chance(0.3), 0.9, 0.08);
  for (int i = 0; i < 200; ++i) sureness.checked(0.3, i % 10 == 0);
  EXPECT_NEAR(sureness.chance(0.3), 0.1, 0.08);
  EXPECT_EQ(sureness.chance(0.9), before) << "another kind";
}

}  // namespace
}  // namespace entente::local
