#include "grammar/automaton.hpp"

#include <random>

#include <gtest/gtest.h>

namespace entente::grammar {
namespace {

std::shared_ptr<Automaton> made(Grammar grammar, Node root) {
  grammar.set_root(root);
  return std::make_shared<Automaton>(std::make_shared<const Grammar>(std::move(grammar)));
}

bool accepts(const std::shared_ptr<Automaton>& automaton, std::string_view text) {
  Walk walk(automaton);
  walk.accept(text);
  return walk.may_end();
}

TEST(Automaton, CountsRepetitionsWithoutWritingThemOut) {
  Grammar g;
  Node root = g.repeat(g.range('a', 'b'), 3, 100'000);
  EXPECT_LT(g.size(), 4u);
  auto automaton = made(std::move(g), root);
  EXPECT_FALSE(accepts(automaton, "ab"));
  EXPECT_TRUE(accepts(automaton, "aba"));
  EXPECT_TRUE(accepts(automaton, std::string(50'000, 'a')));
  EXPECT_FALSE(accepts(automaton, std::string(100'001, 'a')));
}

TEST(Automaton, HoldsToMarks) {
  Grammar g;
  Node root = g.choice({g.without("aab"), g.sequence({g.until("aab"), g.literal("!")})});
  auto automaton = made(std::move(g), root);
  for (auto text : {"", "aa", "aaa", "ab", "baa", "aab!", "xaaab!"}) EXPECT_TRUE(accepts(automaton, text)) << text;
  for (auto text : {"aab", "aaab", "aab!!", "aabx"}) EXPECT_FALSE(accepts(automaton, text)) << text;
}

TEST(Automaton, RulesMayHoldThemselvesAndEmptyRepetitionsEnd) {
  Grammar g;
  Node list = g.rule();
  g.define(list, g.sequence({g.literal("("), g.repeat(list, 0, unbounded), g.literal(")")}));
  Node empty = g.repeat(g.repeat(g.repeat(g.literal("x"), 0, unbounded), 0, unbounded), 0, 100'000);
  Node root = g.sequence({list, empty});
  auto automaton = made(std::move(g), root);
  EXPECT_TRUE(accepts(automaton, "(()(()))"));
  EXPECT_TRUE(accepts(automaton, "()xxx"));
  EXPECT_FALSE(accepts(automaton, "(()"));
  EXPECT_FALSE(accepts(automaton, "())"));
}

TEST(Automaton, AWalkGoesOnInAnotherWhereItStands) {
  Grammar g;
  Node root = g.sequence({g.repeat(g.literal("ab"), 2, 5), g.literal("c")});
  auto first = made(g, root), second = made(g, root);
  Automaton::State state = first->start();
  for (char c : std::string_view("aba")) state = first->step(state, static_cast<unsigned char>(c));
  state = second->carry_over(state, *first);
  for (char c : std::string_view("bc")) state = second->step(state, static_cast<unsigned char>(c));
  EXPECT_TRUE(second->may_end(state) && second->must_end(state));
}

// The walk over the tree of a vocabulary marks exactly the tokens that fit one by one.
TEST(Vocabulary, MarksTheTokensThatFit) {
  std::mt19937 random(7);
  auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::vector<std::string> tokens{"", "a"};
  for (int i = 0; i < 400; ++i) {
    std::string token;
    for (std::size_t n = 1 + pick(5); n > 0; --n) token += "abc{}\""[pick(6)];
    tokens.push_back(token);  // some of them twice
  }
  Vocabulary vocabulary(tokens);
  Grammar g;
  Node inner = g.rule();
  Node text = g.sequence({g.literal("\""), g.repeat(g.range('a', 'c'), 0, 3), g.literal("\"")});
  g.define(inner, g.choice({text, g.sequence({g.literal("{"), g.repeat(inner, 0, 2), g.literal("}")})}));
  auto automaton = made(std::move(g), inner);
  for (int round = 0; round < 200; ++round) {
    Walk walk(automaton);
    for (int step = 0; step < 6; ++step) {
      std::vector<bool> marked(tokens.size());
      walk.mark_allowed(vocabulary, marked);
      std::vector<std::size_t> allowed;
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        ASSERT_EQ(marked[i], walk.allows(tokens[i])) << tokens[i];
        if (marked[i]) allowed.push_back(i);
      }
      if (allowed.empty()) break;
      walk.accept(tokens[allowed[pick(allowed.size())]]);
    }
  }
}

}  // namespace
}  // namespace entente::grammar
