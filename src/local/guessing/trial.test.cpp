#include "local/guessing/trial.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

// How often it is gone of so many times, when going takes `seconds` for what takes 1 without.
int gone(Trial& trial, int times, double seconds) {
  int count = 0;
  for (int i = 0; i < times; ++i) {
    if (!trial.worth_it()) continue;
    trial.measured(seconds, 1);
    ++count;
  }
  return count;
}

TEST(Trial, WhatPaysGoesOn) {
  Trial trial;
  EXPECT_EQ(gone(trial, 1000, 0.7), 1000);
}

TEST(Trial, WhatDoesNotPayIsSeldomTriedAndEverMoreSeldom) {
  Trial trial;
  int first = gone(trial, 2000, 1.2), later = gone(trial, 20000, 1.2);
  EXPECT_LT(first, 120);
  EXPECT_LT(later, 120);
  EXPECT_GT(later, 0);
}

TEST(Trial, WhatBeginsToPayIsFound) {
  Trial trial;
  gone(trial, 2000, 1.2);
  gone(trial, 6400, 0.5);
  EXPECT_EQ(gone(trial, 1000, 0.5), 1000);
  EXPECT_LT(gone(trial, 300, 1.2), 60) << "and when it no longer does, the first rest is short again";
}

TEST(Trial, PreparingCostsAndIsNotJudgedByItself) {
  Trial trial;
  for (int i = 0; i < 50; ++i) trial.measured(1.01, 1, true);
  EXPECT_TRUE(trial.worth_it());
  EXPECT_EQ(gone(trial, 500, 0.9), 500) << "half lost, 2.4 won";
  for (int i = 0; i < 50; ++i) trial.measured(1.3, 1, true);
  EXPECT_LT(gone(trial, 200, 0.9), 60) << "more than it gave";
}

TEST(Trial, OneTimeThatTookLongIsNoVerdict) {
  Trial trial;
  gone(trial, 5, 0.6);
  gone(trial, 1, 4);
  EXPECT_EQ(gone(trial, 500, 0.6), 500);
}

}  // namespace
}  // namespace entente::local
