#include "local/scheduling/speed.hpp"

#include <random>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

TEST(Speed, LearnsWhatAMachineCosts) {
  Speed speed;
  auto truth = [](const Speed::Step& step) {
    double seconds = step.answers ? 0.005 + 0.002 * step.answers : 0;
    // Large pieces are cheaper by the token, the more so the deeper they are; but tiles are not all full.
    for (auto [tokens, depth] : step.prompts)
      seconds += tokens * 0.001 + (tokens < 64 ? tokens * 4e-6 : (tokens + 64) * 1.5e-6) * depth;
    return seconds;
  };
  std::mt19937 random(1);
  auto any_below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  auto piece = [&] { return Speed::Piece{.tokens = 1 + any_below(200), .depth = 1.0 * any_below(4000)}; };
  for (int i = 0; i < 500; ++i) {
    Speed::Step step{.answers = any_below(9)};
    if (i % 3 == 0) step.prompts = {piece()};
    speed.learn(step, truth(step));
  }
  for (const Speed::Step& step : {Speed::Step{.answers = 4},
                                  {.answers = 8},
                                  {.prompts = {{.tokens = 100, .depth = 100}}},
                                  {.answers = 3, .prompts = {{.tokens = 50, .depth = 3000}}},
                                  {.answers = 3, .prompts = {{.tokens = 70, .depth = 3000}, {.tokens = 9}}}}) {
    EXPECT_NEAR(speed.seconds(step) / truth(step), 1, 0.05);
  }
  EXPECT_NEAR(speed.prompt_tokens_within(0.1 + truth({.answers = 4}), 4, 0), 90, 4) << "each deeper than the last";
  EXPECT_NEAR(speed.prompt_tokens_within(0.2, 0, 3000), 0.2 / 0.013, 2) << "64 would take twice as long";
  EXPECT_NEAR(speed.prompt_tokens_within(0.65, 0, 3000), 64, 2) << "more than 50, which take as long";
  EXPECT_EQ(speed.prompt_tokens_within(0.001, 4, 0), 0u);
}

TEST(Speed, LearnsWhatASecondPromptCostsBesideItsPiece) {
  Speed speed;
  Speed::Piece small{.tokens = 30, .depth = 500}, other{.tokens = 40, .depth = 100};
  auto learn = [&](double more) {
    for (int i = 0; i < 50; ++i) {
      speed.learn({.prompts = {small}}, 0.06);
      speed.learn({.prompts = {other}}, 0.05);
      speed.learn({.prompts = {small, other}}, 0.06 + 0.05 + more);
    }
  };
  learn(0.03);
  EXPECT_NEAR(speed.another_prompt(), 0.03, 0.003);
  EXPECT_NEAR(speed.seconds({.prompts = {small, other}}), 0.14, 0.004);
  EXPECT_NEAR(speed.seconds({.prompts = {small}}), 0.06, 0.002) << "what one costs alone stays so";
  learn(0);
  EXPECT_LT(speed.another_prompt(), 0.003);
}

// A prompt that was read in small pieces beside answers, and goes on alone.
TEST(Speed, BelievesNothingGoodOfLargePiecesAtADepthWhereNoneWasSeen) {
  Speed speed;
  for (int i = 0; i < 30; ++i) speed.learn({.prompts = {{.tokens = 400, .depth = 200}}}, 0.4);
  for (int i = 0; i < 30; ++i) {
    double depth = 100.0 * i;
    speed.learn({.prompts = {{.tokens = 20, .depth = depth}}}, 20 * (0.001 + 4e-6 * depth));
  }
  EXPECT_NEAR(speed.seconds(Speed::Piece{.tokens = 64, .depth = 3000}), 64 * 0.013, 0.05);
  speed.learn({.prompts = {{.tokens = 64, .depth = 3000}}}, 0.35);
  EXPECT_NEAR(speed.seconds(Speed::Piece{.tokens = 64, .depth = 3000}), 0.35, 0.05) << "once is enough";
  EXPECT_NEAR(speed.seconds(Speed::Piece{.tokens = 400, .depth = 200}), 0.4, 0.05) << "and what was known stays so";
}

TEST(Speed, ProposalsPayAsLongAsTheyAreRightOftenEnough) {
  Speed speed;
  EXPECT_EQ(speed.proposals_that_pay(1, 1, 8), 0u) << "nothing is known yet";
  auto learn = [&](double proposed_token, int steps) {
    for (int i = 0; i < steps; ++i) {
      speed.learn({.prompts = {{.tokens = 100}}}, 0.1);
      speed.learn({.answers = 1}, 0.010);
      speed.learn({.answers = 1, .proposed = 4}, 0.010 + 4 * proposed_token);
    }
  };
  learn(0.002, 50);
  EXPECT_EQ(speed.proposals_that_pay(1, 1, 8), 8u) << "never more than may be";
  std::uint32_t often = speed.proposals_that_pay(0.9, 1, 30), seldom = speed.proposals_that_pay(0.5, 1, 30);
  EXPECT_GT(often, seldom);
  EXPECT_GT(seldom, 0u);
  EXPECT_EQ(speed.proposals_that_pay(0.1, 1, 30), 0u);
  EXPECT_NEAR(speed.seconds({.answers = 1, .proposed = 3}), 0.016, 0.001);

  learn(0.012, 100);  // dearer than a step of its own
  EXPECT_EQ(speed.proposals_that_pay(0.95, 1, 30), 0u);
  for (int i = 0; i < 1000; ++i) speed.learn({.answers = 1}, 0.010);
  EXPECT_GT(speed.proposals_that_pay(0.95, 1, 30), 0u) << "and is tried again some time later";
}

}  // namespace
}  // namespace entente::local
