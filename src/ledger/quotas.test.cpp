#include "ledger/quotas.hpp"

#include <latch>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace entente::ledger {
namespace {

using namespace std::chrono_literals;

const Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + 12h;

Principal who(std::string key = "a", std::string project = "p", std::string tenant = "t") {
  return {.tenant = "ten_" + tenant,
          .project = "prj_" + project,
          .key = "key_" + key,
          .tenant_name = tenant,
          .project_name = project,
          .key_name = key};
}

Quota budget(std::int64_t day, Quota::Each each = Quota::Each::key) {
  return {.name = "q", .each = each, .nano_per_day = day, .currency = "EUR"};
}

Money eur(std::int64_t nano) { return {nano, "EUR"}; }

TEST(Quotas, RequestsOfAMinuteComeBackSteadily) {
  Quotas quotas;
  quotas.replace({{.name = "q", .requests_per_minute = 60}}, {}, noon);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(quotas.enter(who(), noon)) << i;
  auto refused = quotas.enter(who(), noon);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.error().message, "The quota 'q' allows each key 60 requests a minute: come back in 1.0 s.");
  ASSERT_EQ(refused.error().retry_after, 1000ms);
  EXPECT_TRUE(quotas.enter(who("b"), noon)) << "each key has a count of its own";
  EXPECT_FALSE(quotas.enter(who(), noon + 999ms));
  EXPECT_TRUE(quotas.enter(who(), noon + 1000ms)) << "whoever comes back when told is served";
  EXPECT_FALSE(quotas.enter(who(), noon + 1100ms)) << "once";
  EXPECT_EQ(quotas.refused(), 3u);
}

TEST(Quotas, NoMoreThanAMinutesWorthIsSavedUp) {
  Quotas quotas;
  quotas.replace({{.name = "q", .requests_per_minute = 3}}, {}, noon);
  int served = 0;
  for (int i = 0; i < 10; ++i) served += quotas.enter(who(), noon + 24h).has_value();
  EXPECT_EQ(served, 3);
}

TEST(Quotas, ABoundThatComesLaterBeginsFull) {
  Quotas quotas;
  quotas.replace({{.name = "q", .at_once = 9}}, {}, noon);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(quotas.enter(who(), noon)) << i;
  auto running = quotas.hold(who(), 70, {}, noon);
  ASSERT_TRUE(running);
  quotas.replace({{.name = "q", .requests_per_minute = 2, .tokens_per_minute = 100, .at_once = 9}}, {}, noon + 1s);
  EXPECT_EQ(quotas.of(who(), noon + 1s).at(0).requests_left, 2) << "what was used before is not owed";
  EXPECT_EQ(quotas.of(who(), noon + 1s).at(0).tokens_left, 100);
  running->settle(who(), 90, {}, noon + 1s);
  EXPECT_EQ(quotas.of(who(), noon + 1s).at(0).tokens_left, 10) << "what ends later is";
  EXPECT_TRUE(quotas.enter(who(), noon + 1s));
  EXPECT_TRUE(quotas.enter(who(), noon + 1s));
  auto refused = quotas.enter(who(), noon + 1s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "The quota 'q' allows each key 2 requests a minute: come back in 30 s.");
  quotas.replace({{.name = "q", .requests_per_minute = 1, .at_once = 9}}, {}, noon + 16s);
  auto again = quotas.enter(who(), noon + 16s);
  ASSERT_FALSE(again) << "half a request has come back, by the bound that held";
  EXPECT_EQ(again.error().message, "The quota 'q' allows each key 1 request a minute: come back in 30 s.");
}

TEST(Quotas, AClockThatIsSetBackGivesNothingAndTakesNothing) {
  Quotas quotas;
  Quota both = budget(100);
  both.requests_per_minute = 1;
  quotas.replace({both}, {}, noon);
  ASSERT_TRUE(quotas.enter(who(), noon));
  quotas.hold(who(), 0, eur(100), noon)->settle(who(), 0, eur(100), noon);
  Instant yesterday = noon - 24h;
  EXPECT_FALSE(quotas.enter(who(), yesterday));
  EXPECT_FALSE(quotas.hold(who(), 0, eur(1), yesterday)) << "what is spent stays spent";
  EXPECT_TRUE(quotas.enter(who(), yesterday + 60s)) << "and time goes on from there";
}

TEST(Quotas, TokensThatWereUsedAreOwedForAsLongAsTheyTakeToComeBack) {
  Quotas quotas;
  quotas.replace({{.name = "q", .tokens_per_minute = 600}}, {}, noon);
  {
    auto entered = quotas.enter(who(), noon);
    ASSERT_TRUE(entered);
    auto held = quotas.hold(who(), 100, {}, noon);
    ASSERT_TRUE(held);
    EXPECT_EQ(quotas.of(who(), noon).at(0).tokens_left, 500) << "the prompt is known before";
    held->settle(who(), 1200, {}, noon);  // the answer wrote 1,100
  }
  auto refused = quotas.enter(who(), noon);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().retry_after, 60'100ms);
  EXPECT_EQ(refused.error().message, "The quota 'q' allows each key 600 tokens a minute: come back in 61 s.");
  EXPECT_TRUE(quotas.enter(who(), noon + 60'100ms));
}

TEST(Quotas, AnAnswerThatEndsMakesRoomForTheNext) {
  Quotas quotas;
  quotas.replace({{.name = "q", .each = Quota::Each::tenant, .at_once = 2}}, {}, noon);
  auto first = quotas.enter(who("a"), noon);
  {
    auto second = quotas.enter(who("b"), noon);
    ASSERT_TRUE(first && second);
    auto moved = *std::move(second);
    EXPECT_FALSE(quotas.enter(who("c"), noon)) << "all keys of the tenant share";
    EXPECT_TRUE(quotas.enter(who("c", "p", "other"), noon));
  }
  EXPECT_TRUE(quotas.enter(who("c"), noon));
}

TEST(Quotas, MoneyIsSetAsideBeforeItIsSpent) {
  Quotas quotas;
  quotas.replace({budget(1'000'000'000)}, {}, noon);
  auto first = quotas.hold(who(), 0, eur(600'000'000), noon);
  ASSERT_TRUE(first);
  auto second = quotas.hold(who(), 0, eur(600'000'000), noon);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::budget_exhausted);
  EXPECT_EQ(second.error().message,
            "The quota 'q' allows each key 1.00 EUR a day: 0.00 are spent, 0.60 set aside for answers that run, and "
            "this answer may cost 0.60. A smaller max_tokens may fit; it begins anew at 2026-11-28T00:00:00.000000Z.");
  first->settle(who(), 0, eur(123'456), noon);
  EXPECT_TRUE(quotas.hold(who(), 0, eur(600'000'000), noon)) << "it cost less than was set aside";
  auto standing = quotas.of(who(), noon).at(0);
  EXPECT_EQ(standing.spent_today, 123'456);
  EXPECT_EQ(standing.aside, 0) << "what was never sent is given back";
  EXPECT_TRUE(quotas.hold(who(), 0, eur(1'000'000'000 - 123'456), noon)) << "to the last";
  EXPECT_FALSE(quotas.hold(who(), 0, eur(1'000'000'000 - 123'455), noon));
  EXPECT_FALSE(quotas.hold(who(), 0, eur(INT64_MAX), noon));
  EXPECT_TRUE(quotas.hold(who(), 0, Money{}, noon)) << "what has no price";
}

TEST(Quotas, ABudgetIsNotSpentInAnotherCurrency) {
  Quotas quotas;
  quotas.replace({budget(1'000'000'000)}, {}, noon);
  auto held = quotas.hold(who(), 0, {1, "USD"}, noon);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().reason, "budget_in_another_currency");
}

TEST(Quotas, DaysAndMonthsBeginAnewInUtc) {
  Quotas quotas;
  Quota both = budget(60);
  both.nano_per_month = 100;
  quotas.replace({both}, {}, noon);
  quotas.hold(who(), 0, eur(60), noon)->settle(who(), 0, eur(60), noon);
  EXPECT_FALSE(quotas.hold(who(), 0, eur(1), noon + 11h + 59min));
  EXPECT_TRUE(quotas.hold(who(), 0, eur(40), noon + 12h)) << "a new day";
  auto refused = quotas.hold(who(), 0, eur(41), noon + 12h);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("a month")) << refused.error().message;
  EXPECT_TRUE(refused.error().message.contains("2026-12-01T00:00:00")) << refused.error().message;
  EXPECT_TRUE(quotas.hold(who(), 0, eur(60), std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)));
  Periods december = periods_at(std::chrono::sys_days(std::chrono::year(2026) / 12 / 31) + 23h);
  EXPECT_EQ(december.next_month, Instant(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)));
}

TEST(Quotas, AreForWhomTheyName) {
  Quotas quotas;
  quotas.replace(
      {{.name = "q", .each = Quota::Each::all, .tenants = {"uni*"}, .keys = {"x"}, .requests_per_minute = 1}}, {},
      noon);
  EXPECT_TRUE(quotas.enter(who("x", "p", "university"), noon));
  EXPECT_FALSE(quotas.enter(who("x", "other", "union"), noon)) << "one count for all";
  EXPECT_TRUE(quotas.enter(who("y", "p", "university"), noon));
  EXPECT_TRUE(quotas.enter(who("x", "p", "school"), noon));
}

TEST(Quotas, WhoIsHeldByTwoIsRefusedByTheLongerAndPaysNeither) {
  Quotas quotas;
  quotas.replace({{.name = "fast", .requests_per_minute = 60}, {.name = "slow", .requests_per_minute = 1}}, {}, noon);
  ASSERT_TRUE(quotas.enter(who(), noon));
  auto refused = quotas.enter(who(), noon);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("'slow'"));
  EXPECT_EQ(quotas.of(who(), noon).at(0).requests_left, 59) << "a refused request is not counted";
}

TEST(Quotas, WhatWasSpentBeforeTheStartCounts) {
  Quotas quotas;
  std::vector<Spent> spent{{.who = who("a"), .currency = "EUR", .today = 40, .this_month = 90},
                           {.who = who("b"), .currency = "EUR", .today = 50, .this_month = 50},
                           {.who = who("b"), .currency = "USD", .today = 70, .this_month = 70}};
  quotas.replace({budget(100, Quota::Each::project)}, spent, noon);
  EXPECT_FALSE(quotas.hold(who("c"), 0, eur(11), noon));
  EXPECT_TRUE(quotas.hold(who("c"), 0, eur(10), noon));
}

TEST(Quotas, CountsGoOnWhenTheBoundsChangeAndBeginAnewForOtherPeople) {
  Quotas quotas;
  quotas.replace({budget(100)}, {}, noon);
  quotas.hold(who(), 0, eur(80), noon)->settle(who(), 0, eur(80), noon);
  std::vector<Spent> stored{{.who = who(), .currency = "EUR", .today = 80, .this_month = 80}};
  quotas.replace({budget(90)}, stored, noon);
  EXPECT_FALSE(quotas.hold(who(), 0, eur(11), noon));
  EXPECT_TRUE(quotas.hold(who(), 0, eur(10), noon)) << "not counted twice";
  auto running = quotas.hold(who(), 0, eur(10), noon);
  quotas.replace({budget(100, Quota::Each::tenant)}, stored, noon);
  EXPECT_TRUE(quotas.hold(who(), 0, eur(20), noon)) << "from what the store knows";
  running->settle(who(), 0, eur(10), noon);
  EXPECT_FALSE(quotas.hold(who(), 0, eur(11), noon)) << "and what ended since";
  quotas.replace({}, {}, noon);
  EXPECT_TRUE(quotas.hold(who(), 0, eur(1'000), noon));
}

// Whatever happens in whatever order, with answers that cost up to what was set aside: no budget is overdrawn.
TEST(Quotas, NoBudgetIsOverdrawn) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    auto upto = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
    };
    Quotas quotas;
    quotas.replace({budget(1000, static_cast<Quota::Each>(upto(3)))}, {}, noon);
    std::vector<std::pair<Principal, std::pair<Quotas::Held, std::int64_t>>> running;
    for (int step = 0; step < 300; ++step) {
      if (!running.empty() && upto(1) == 0) {
        std::swap(running.back(), running[static_cast<std::size_t>(upto(std::ssize(running) - 1))]);
        auto& [principal, held] = running.back();
        if (upto(4) > 0) {
          held.first.settle(principal, 0, eur(upto(held.second)), noon);
        }
        running.pop_back();
      } else {
        Principal principal = who(std::string(1, static_cast<char>('a' + upto(3))));
        std::int64_t most = upto(300);
        if (auto held = quotas.hold(principal, 0, eur(most), noon))
          running.emplace_back(principal, std::pair(*std::move(held), most));
      }
      for (const auto& standing : quotas.all(noon)) {
        ASSERT_LE(standing.spent_today + standing.aside, 1000) << "seed " << seed;
        ASSERT_GE(standing.aside, 0) << "seed " << seed;
      }
    }
    running.clear();
    for (const auto& standing : quotas.all(noon)) ASSERT_EQ(standing.aside, 0) << "seed " << seed;
  }
}

TEST(Quotas, ManyThreadsShareACount) {
  Quotas quotas;
  quotas.replace({budget(1000, Quota::Each::all)}, {}, noon);
  std::atomic<int> served = 0;
  std::latch all_there(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        all_there.arrive_and_wait();
        for (int i = 0; i < 500; ++i) {
          if (auto held = quotas.hold(who(std::to_string(t)), 1, eur(1), noon)) {
            held->settle(who(std::to_string(t)), 1, eur(1), noon);
            ++served;
          }
        }
      });
    }
  }
  EXPECT_EQ(served, 1000);
}

}  // namespace
}  // namespace entente::ledger
