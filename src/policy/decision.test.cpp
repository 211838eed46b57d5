#include "policy/decision.hpp"

#include <map>

#include <gtest/gtest.h>

#include "policy/text.hpp"

namespace entente::policy {
namespace {

// Without a policy.
Rulebook rulebook_of(const Catalogue& catalogue) {
  return {std::make_shared<Catalogue>(catalogue), std::make_shared<Policies>(), Rulebook::Day{}};
}

TEST(Decision, KeepsTheOrderOfPreferenceAndTheReasonOfEachRejection) {
  Catalogue catalogue;
  catalogue.deployments["near"] = {.name = "near", .provider = "local", .model = "m", .facts = {}, .price = {}};
  catalogue.deployments["far"] = {.name = "far", .provider = "local", .model = "m", .facts = {}, .price = {}};
  Model model{.name = "m", .deployments = {"near", "gone \"x\"", "far"}, .created = {}, .owner = {}};

  Rulebook rulebook = rulebook_of(catalogue);
  Decision decision = decide({}, {}, model, rulebook);
  ASSERT_EQ(decision.chosen.size(), 2u);
  EXPECT_EQ(decision.chosen[0]->name, "near");
  EXPECT_EQ(decision.chosen[1]->name, "far");
  EXPECT_EQ(decision.policies, name_of_text(policies_text({})));
  ASSERT_EQ(decision.verdicts.size(), 3u);
  EXPECT_EQ(decision.verdicts[0].facts, name_of_text("{}"));
  EXPECT_EQ(decision.verdicts[0].rule, "allow all");
  EXPECT_EQ(decision.verdicts[1].place, 2u);
  EXPECT_EQ(decision.verdicts[2].rule, "known deployment");
  EXPECT_EQ(decision.verdicts[2].reason, "is not configured");
  note_failure(decision, "near", {.code = ErrorCode::timeout, .message = "m", .reason = "stalled"}, true);
  ASSERT_TRUE(decision.verdicts[0].tried);
  EXPECT_EQ(decision.verdicts[0].tried->how, Verdict::Tried::How::failed);
  EXPECT_EQ(decision.verdicts[0].tried->why, "stalled");
  EXPECT_TRUE(decision.verdicts[0].allowed) << "what was decided stays what it was";
}

Decision decided(const std::vector<Deployment>& deployments, Strategy strategy, Envelope envelope = {},
                 const Circumstances& circumstances = {}) {
  Catalogue catalogue;
  Model model{.name = "m", .deployments = {}, .strategy = strategy, .created = {}, .owner = {}};
  for (const Deployment& deployment : deployments) {
    catalogue.deployments[deployment.name] = deployment;
    model.deployments.push_back(deployment.name);
  }
  static std::optional<Rulebook> rulebook;  // what was chosen points into it
  rulebook.emplace(rulebook_of(catalogue));
  return decide(envelope, {}, model, *rulebook, circumstances);
}

std::string names(const Decision& decision) {
  std::string out;
  for (const Deployment* chosen : decision.chosen) out += chosen->name;
  return out;
}

TEST(Decision, WhoCannotDoTheWorkIsRejectedWithTheReason) {
  std::vector<Deployment> all{{.name = "a", .capabilities = Needs{.tools = true}},
                              {.name = "b", .capabilities = Needs{.tools = true, .schema = true, .vision = true}},
                              {.name = "c", .context_tokens = 100},
                              {.name = "d"}};
  Decision decision = decided(all, Strategy::priority,
                              {.prompt_bytes = 400, .needs = {.tools = true, .vision = true}, .max_tokens = 60});
  EXPECT_EQ(names(decision), "bd");
  EXPECT_EQ(decision.verdicts[2].reason, "cannot see images");
  EXPECT_EQ(decision.verdicts[3].reason, "holds 100 tokens");
  EXPECT_EQ(names(decided(all, Strategy::priority, {.needs = {.schema = true}})), "bcd");
  EXPECT_EQ(names(decided(all, Strategy::priority, {.prompt_bytes = 400, .max_tokens = 50})), "abcd");
}

TEST(Decision, StrategiesOrderTheCandidates) {
  auto priced = [](std::string name, std::int64_t in, std::int64_t out, std::string currency = "EUR") {
    return Deployment{
        .name = std::move(name),
        .price = Price{.currency = std::move(currency), .input_nano_per_million = in, .output_nano_per_million = out}};
  };
  std::vector<Deployment> prices{{.name = "x"}, priced("a", 9, 1), priced("b", 1, 2), priced("c", 1, 1)};
  EXPECT_EQ(names(decided(prices, Strategy::price, {.prompt_bytes = 4000, .max_tokens = 10})), "cbax");
  EXPECT_EQ(names(decided(prices, Strategy::price, {.prompt_bytes = 4, .max_tokens = 10'000})), "cabx");
  // Whatever currencies stand between them: those of one currency are in order.
  std::vector<Deployment> mixed{{.name = "x"},     priced("a", 9, 9),        priced("d", 5, 5, "USD"),
                                priced("b", 5, 5), priced("c", 1, 1, "USD"), priced("e", 1, 1)};
  EXPECT_EQ(names(decided(mixed, Strategy::price, {.prompt_bytes = 4000, .max_tokens = 10})), "ecbdax");

  std::vector<Deployment> sizes{{.name = "u"},
                                {.name = "l", .context_tokens = 100'000},
                                {.name = "m", .context_tokens = 8'000},
                                {.name = "s", .context_tokens = 2'000}};
  EXPECT_EQ(names(decided(sizes, Strategy::context, {.prompt_bytes = 400, .max_tokens = 100})), "smlu");
  EXPECT_EQ(names(decided(sizes, Strategy::context, {.prompt_bytes = 12'000, .max_tokens = 100})), "mlus");

  auto measured = [](std::string_view name) -> std::optional<std::chrono::microseconds> {
    if (name == "a") return std::chrono::microseconds(900);
    if (name == "b") return std::chrono::microseconds(100);
    return std::nullopt;
  };
  EXPECT_EQ(names(decided({{.name = "a"}, {.name = "b"}, {.name = "c"}}, Strategy::latency, {},
                          {.draw = 0, .first_token = measured})),
            "cba");
}

TEST(Decision, WeightsAreKeptOverManyDraws) {
  std::vector<Deployment> all{{.name = "a", .weight = 3}, {.name = "b", .weight = 1}, {.name = "c", .weight = 0}};
  std::map<std::string, int> first, last;
  for (std::uint64_t i = 1; i <= 4000; ++i) {
    std::uint64_t draw = i * 0x9E3779B97F4A7C15ULL;
    std::string order = names(decided(all, Strategy::weight, {}, {.draw = draw ^ (draw >> 29), .first_token = {}}));
    ++first[order.substr(0, 1)];
    ++last[order.substr(2)];
  }
  EXPECT_NEAR(first["a"], 3000, 150);
  EXPECT_NEAR(first["b"], 1000, 150);
  EXPECT_EQ(last["c"], 4000);
}

TEST(Decision, AModelWithoutDeploymentsChoosesNothing) {
  EXPECT_TRUE(decide({}, {}, Model{}, rulebook_of({})).chosen.empty());
}

}  // namespace
}  // namespace entente::policy
