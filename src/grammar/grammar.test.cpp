#include "grammar/grammar.hpp"

#include <random>

#include <gtest/gtest.h>

namespace entente::grammar {
namespace {

// What `fulfillable` means, found in rounds over all nodes until nothing changes any more.
std::vector<bool> found_in_rounds(const Grammar& g) {
  using Kind = Grammar::Kind;
  std::vector<bool> known(g.size());
  auto fits = [&](const Grammar::Item& item) {
    if (item.kind == Kind::bytes) return g.set(item).any();
    if (item.kind == Kind::literal || (item.kind == Kind::repeat && item.least == 0)) return true;
    std::uint32_t fitting = 0;
    for (std::uint32_t i = 0; i < item.count; ++i) fitting += known[g.child(item, i)] ? 1 : 0;
    return item.kind == Kind::choice ? fitting > 0 : fitting == item.count;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (Node node = 0; node < g.size(); ++node) {
      if (!known[node] && fits(g.item(node))) known[node] = changed = true;
    }
  }
  return known;
}

TEST(Grammar, KnowsOfEachNodeWhetherAnyTextFits) {
  std::mt19937 random(11);
  auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  int fitting = 0, others = 0;
  for (int round = 0; round < 300; ++round) {
    Grammar g;
    std::vector<Node> rules, nodes;
    for (int i = 0; i < 6; ++i) rules.push_back(g.rule());
    nodes = rules;
    nodes.push_back(g.bytes({}));
    auto any = [&] { return nodes[pick(nodes.size())]; };
    for (int i = 0; i < 24; ++i) {
      std::size_t kind = pick(8);
      if (kind == 0) nodes.push_back(g.literal("x"));
      if (kind == 1) nodes.push_back(g.repeat(any(), static_cast<std::uint32_t>(pick(3)), 2));
      if (kind == 2 || kind == 3) nodes.push_back(g.choice({any(), any()}));
      if (kind > 3) nodes.push_back(g.sequence({any(), any(), any()}));
      if (i % 4 == 0) g.define(rules[static_cast<std::size_t>(i / 4)], any());
    }
    std::vector<bool> expected = found_in_rounds(g);
    for (Node node = 0; node < g.size(); ++node) {
      ASSERT_EQ(g.fulfillable(node), expected[node]) << "node " << node << " of grammar " << round;
      ++(expected[node] ? fitting : others);
    }
  }
  EXPECT_GT(fitting, 500);
  EXPECT_GT(others, 500);
}

TEST(Grammar, ARuleWithoutAChildFitsNothingYet) {
  Grammar g;
  g.literal("x");
  Node rule = g.rule(), behind = g.sequence({g.literal("y"), rule}), itself = g.rule();
  g.define(itself, g.choice({itself, g.sequence({g.literal("z"), itself})}));
  EXPECT_FALSE(g.fulfillable(behind));
  g.define(rule, g.nothing());
  EXPECT_TRUE(g.fulfillable(behind));
  EXPECT_FALSE(g.fulfillable(itself)) << "it goes on forever";
}

// Looked at in rounds, each of which finds one more, this would never end in time.
TEST(Grammar, EachRuleMayNeedTheNext) {
  Grammar g;
  std::vector<Node> rules(100'000);
  for (Node& rule : rules) rule = g.rule();
  for (std::size_t i = 0; i + 1 < rules.size(); ++i) g.define(rules[i], g.sequence({g.literal("x"), rules[i + 1]}));
  EXPECT_FALSE(g.fulfillable(rules[0]));
  g.define(rules.back(), g.literal("y"));
  EXPECT_TRUE(g.fulfillable(rules[0]));
}

}  // namespace
}  // namespace entente::grammar
