#include "app/terminal/transfer_line.hpp"

#include <gtest/gtest.h>

namespace entente::app {
namespace {

TEST(TransferLine, SaysShareSpeedAndTimeLeft) {
  EXPECT_EQ(describe_transfer(330'000'000, 980'000'000, 12e6), "33 %, 330 MB of 980 MB, 12 MB/s, 55 s left");
  EXPECT_EQ(describe_transfer(0, 98'000'000, 0), "0 %, 0 B of 98 MB");
  EXPECT_EQ(describe_transfer(5'000'000, 0, 1e6), "5.0 MB, 1.0 MB/s");
  EXPECT_EQ(describe_transfer(98'000'000, 98'000'000, 1e6), "100 %, 98 MB of 98 MB, 1.0 MB/s");
  EXPECT_EQ(describe_transfer(999'999, 1'000'000, 1e3), "99 %, 1000 kB of 1.0 MB, 1.0 kB/s, 1 s left");
}

TEST(TransferLine, LongWaitsAreSaidInMinutesAndHours) {
  EXPECT_EQ(describe_transfer(0, 1'000'000'000, 1e6), "0 %, 0 B of 1.0 GB, 1.0 MB/s, 17 min left");
  EXPECT_EQ(describe_transfer(0, 40'000'000'000, 1e6), "0 %, 0 B of 40 GB, 1.0 MB/s, 11 h 6 min left");
}

}  // namespace
}  // namespace entente::app
