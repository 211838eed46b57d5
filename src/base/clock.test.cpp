#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace entente {
namespace {

using namespace std::chrono_literals;

TEST(Clock, DurationsAreSaidInTheLargestUnitThatIsWhole) {
  EXPECT_EQ(duration_in_words(24h * 400), "400 days");
  EXPECT_EQ(duration_in_words(24h), "1 day");
  EXPECT_EQ(duration_in_words(36h), "36 hours");
  EXPECT_EQ(duration_in_words(90min), "90 minutes");
  EXPECT_EQ(duration_in_words(1s), "1 second");
  EXPECT_EQ(duration_in_words(1500ms), "1500 milliseconds");
}

}  // namespace
}  // namespace entente
