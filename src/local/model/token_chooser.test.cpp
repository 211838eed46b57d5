#include "local/model/token_chooser.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

const std::vector<float> logits{1.0F, 4.0F, 3.9F, -2.0F, 0.5F};

std::set<Token> drawn(const Sampling& sampling, int draws = 300) {
  auto chooser = make_chooser(sampling, 0, {});
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
  auto chooser = make_chooser(sampling, choice, prompt);
  std::vector<Token> out;
  out.reserve(12);
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

// What the parameters mean, spelt out with sorting and doubles: the probability of every token that may be drawn.
std::map<Token, double> expected(const std::vector<float>& scores, const Sampling& sampling) {
  std::vector<std::pair<double, Token>> left;
  left.reserve(scores.size());
  double most = static_cast<double>(std::ranges::max(scores));
  for (std::size_t i = 0; i < scores.size(); ++i)
    left.emplace_back(std::exp((static_cast<double>(scores[i]) - most) / sampling.temperature.value_or(1)),
                      static_cast<Token>(i));
  std::ranges::sort(
      left, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  auto weight = [&] {
    return std::accumulate(left.begin(), left.end(), 0.0,
                           [](double sum, const auto& token) { return sum + token.first; });
  };
  if (sampling.top_k > 0 && left.size() > sampling.top_k) left.resize(sampling.top_k);
  double goal = sampling.top_p.value_or(1) * weight(), reached = 0;
  std::size_t count = 0;
  while (count < left.size() && (count == 0 || reached < goal)) reached += left[count++].first;
  if (sampling.top_p.value_or(1) < 1) left.resize(count);
  std::erase_if(left, [&](const auto& token) { return token.first < sampling.min_p; });
  std::map<Token, double> out;
  for (auto [likelihood, token] : left) out[token] = likelihood / weight();
  return out;
}

TEST(TokenChooser, DrawsEachTokenAsOftenAsTheParametersSay) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> share(0, 1);
  for (int round = 0; round < 60; ++round) {
    // From peaked to nearly flat.
    std::normal_distribution<float> logit(0, round % 3 == 0 ? 0.1F : 4.0F);
    std::vector<float> scores(700);
    std::ranges::generate(scores, [&] { return logit(random); });
    if (round % 5 == 0) scores[3] = -std::numeric_limits<float>::infinity();
    Sampling sampling{.temperature = 0.1 + 1.5 * share(random), .seed = 1000 + static_cast<std::uint64_t>(round)};
    if (round % 2 == 0) sampling.top_p = share(random);
    if (round % 4 == 1) sampling.top_k = 1 + static_cast<std::uint32_t>(600 * share(random));
    if (round % 7 == 0) sampling.min_p = 0.5 * share(random);

    std::map<Token, double> probable = expected(scores, sampling);
    auto chooser = make_chooser(sampling, 0, {});
    constexpr int draws = 4000;
    std::map<Token, int> seen;
    for (int i = 0; i < draws; ++i) ++seen[chooser->choose(scores)];
    for (auto [token, times] : seen) ASSERT_TRUE(probable.contains(token)) << "round " << round << ", token " << token;
    for (auto [token, probability] : probable) {
      double spread = std::sqrt(draws * probability * (1 - probability));
      ASSERT_NEAR(seen[token], draws * probability, 5 * spread + 3) << "round " << round << ", token " << token;
    }
  }
}

TEST(TokenChooser, ExtremesDoNotBreakIt) {
  std::vector<float> nothing(64, std::numeric_limits<float>::quiet_NaN());
  for (const Sampling& sampling : {Sampling{.temperature = 0}, Sampling{}, Sampling{.top_p = 0.5}})
    EXPECT_LT(make_chooser(sampling, 0, {})->choose(nothing), 64) << "a broken model gives a token all the same";
  EXPECT_EQ(drawn({.temperature = 1e-320}), std::set<Token>{1});
  EXPECT_EQ(drawn({.top_p = 0}), std::set<Token>{1});
  EXPECT_EQ(drawn({.top_k = 1'000'000, .min_p = 1}), std::set<Token>{1});
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
