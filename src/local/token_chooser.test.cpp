#include "local/token_chooser.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

constexpr Vocabulary vocabulary{.size = 5, .context_tokens = 64};
const std::vector<float> logits{1.0F, 4.0F, 3.9F, -2.0F, 0.5F};

std::set<Token> drawn(const Sampling& sampling, int draws = 300) {
  auto chooser = make_chooser(sampling, 0, {}, vocabulary);
  std::set<Token> seen;
  for (int i = 0; i < draws; ++i) seen.insert(chooser->choose(logits));
  return seen;
}

TEST(TokenChooser, TemperatureZeroTakesTheLikeliest) {
  EXPECT_EQ(drawn({.temperature = 0}), std::set<Token>{1});
  EXPECT_EQ(drawn({.temperature = 0, .logit_bias = {{1, -100}}}), std::set<Token>{2});
}

TEST(TokenChooser, EachParameterNarrowsTheDraw) {
  EXPECT_EQ(drawn({.top_k = 2, .seed = 7}), (std::set<Token>{1, 2}));
  EXPECT_EQ(drawn({.top_p = 0.5, .seed = 7}), std::set<Token>{1});
  EXPECT_EQ(drawn({.min_p = 0.5, .seed = 7}), (std::set<Token>{1, 2}));
  EXPECT_GE(drawn({.temperature = 2, .seed = 7}).size(), 4u);
  EXPECT_EQ(drawn({.seed = 7, .logit_bias = {{3, 100}}}), std::set<Token>{3});
}

std::vector<Token> said(const Sampling& sampling, std::uint32_t choice, std::vector<Token> prompt = {}) {
  auto chooser = make_chooser(sampling, choice, prompt, vocabulary);
  std::vector<Token> out;
  for (int i = 0; i < 12; ++i) out.push_back(chooser->choose(logits));
  return out;
}

TEST(TokenChooser, ASeedRepeatsAnAnswerAndChoicesDiffer) {
  Sampling sampling{.temperature = 1.5, .seed = 42};
  EXPECT_EQ(said(sampling, 0), said(sampling, 0));
  EXPECT_NE(said(sampling, 0), said(sampling, 1));
  sampling.seed = 43;
  EXPECT_NE(said(sampling, 0), said({.temperature = 1.5, .seed = 42}, 0));
  EXPECT_NE(said({.temperature = 2}, 0), said({.temperature = 2}, 0)) << "without a seed each answer is new";
}

TEST(TokenChooser, FrequencyAndPresenceCountWhatWasSaidRepetitionThePromptToo) {
  EXPECT_EQ(said({.temperature = 0, .presence_penalty = 2}, 0)[1], 2) << "1 was said, so 2 is likelier now";
  EXPECT_EQ(said({.temperature = 0, .frequency_penalty = 2}, 0)[1], 2);
  EXPECT_EQ(said({.temperature = 0, .presence_penalty = 2}, 0, {1, 1, 1})[0], 1) << "the prompt does not count";
  EXPECT_EQ(said({.temperature = 0, .repetition_penalty = 1.5}, 0, {1})[0], 2) << "here it does";
}

TEST(Score, GivesLogProbabilitiesThatSumToOne) {
  auto scores = score(logits, 3, 5);
  ASSERT_EQ(scores.size(), 6u);
  EXPECT_EQ(scores[0].token, 3);
  double sum = 0;
  for (std::size_t i = 1; i < scores.size(); ++i) sum += std::exp(scores[i].logprob);
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_EQ(scores[1].token, 1);
  EXPECT_EQ(scores[2].token, 2);
  EXPECT_EQ(scores[5].logprob, scores[0].logprob);
  EXPECT_EQ(score(logits, 0, 0).size(), 1u);
  EXPECT_EQ(score(logits, 0, 20).size(), 6u) << "a small vocabulary has fewer than were asked for";
}

}  // namespace
}  // namespace entente::local
