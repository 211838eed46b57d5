#include "providers/breaker.hpp"

#include <gtest/gtest.h>

namespace entente::providers {
namespace {
using namespace std::chrono_literals;
using enum Breaker::Answer;

TEST(Breaker, OpensAfterSeveralFailuresInARowAndOneProbeDecides) {
  Breaker breaker({.failures = 3, .open = 1s, .most = 3s});
  Breaker::Time now{100s};
  breaker.failed(now);
  breaker.failed(now);
  breaker.succeeded();  // in a row, it must be
  breaker.failed(now);
  breaker.failed(now);
  EXPECT_EQ(breaker.ask(now), pass);
  breaker.failed(now);
  EXPECT_EQ(breaker.ask(now), shut);
  EXPECT_EQ(breaker.remaining(now), 1s);
  breaker.failed(now);  // began before it opened
  EXPECT_EQ(breaker.remaining(now), 1s);

  now += 1s;
  EXPECT_EQ(breaker.ask(now), probe);
  EXPECT_EQ(breaker.ask(now), shut) << "one probe at a time";
  breaker.abandoned();
  EXPECT_EQ(breaker.ask(now), probe);
  breaker.failed(now);
  EXPECT_EQ(breaker.remaining(now), 2s) << "twice as long";
  now += 2s;
  EXPECT_EQ(breaker.ask(now), probe);
  breaker.failed(now);
  EXPECT_EQ(breaker.remaining(now), 3s) << "never longer than that";
  now += 3s;
  EXPECT_EQ(breaker.ask(now), probe);
  breaker.succeeded();
  EXPECT_EQ(breaker.ask(now), pass);
  EXPECT_FALSE(breaker.is_open());
}

}  // namespace
}  // namespace entente::providers
