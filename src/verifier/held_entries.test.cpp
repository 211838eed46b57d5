#include <format>
#include <string>

#include <gtest/gtest.h>

#include "verifier/test_judging.hpp"

namespace entente {
namespace {

TEST_F(Judging, EveryChangedCharacterOfWhatIsHeldIsFoundOrSaysTheSame) {
  for (const std::string& text :
       {hold_head(head_record()), hold_erasure(erasure_record(), 2), hold_act(act_record())}) {
    Verdict honest = judged_held(text);
    ASSERT_TRUE(honest.holds) << honest.why;
    EXPECT_EQ(honest.log_size, 3u);
    EXPECT_EQ(std::string(to_string(*held_kind(text))), honest.kind);
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (std::size_t round : {0, 1, 2, 3, 4, 5}) {
        Verdict verdict = judged_held(changed_at(i, text, round));
        ASSERT_TRUE(!verdict.holds || said(verdict) == said(honest)) << changed_at(i, text, round);
      }
    }
    EXPECT_FALSE(judged(text).holds) << "it is no receipt";
  }
}

TEST_F(Judging, WhatIsHeldSaysWhatItsKindSays) {
  EXPECT_EQ(judged_held(hold_erasure(erasure_record(), 2)).record, erasure_record());
  EXPECT_FALSE(judged_held(hold_erasure(erasure_record(), 3)).holds) << "another number";
  for (const char* spans : {"[[1,2]]", "[[1,1],[0,0]]", "[[0,0],[0,1]]", "[[1,0]]", "[[-1,1]]", "[[0]]", "[0]", "{}",
                            "[[0,0.5]]", R"([["0",1]])", "[[0,9007199254740991],[0,1]]"}) {
    std::string record = std::string(R"({"cause":"subject","entries":)") + spans + R"(,"ground":"g","tenant":"t"})";
    EXPECT_FALSE(judged_held(hold_erasure(record, 2)).holds) << spans;
  }
  EXPECT_FALSE(judged_held(hold_erasure(R"({"cause":"x","entries":[],"ground":"","tenant":""})", 0)).holds);
  EXPECT_TRUE(judged_held(hold_erasure(R"({"cause":"retention","entries":[],"ground":"","tenant":""})", 0)).holds);
  EXPECT_FALSE(judged_held(hold_erasure(R"({"cause":"subject","entries":[],"ground":"","tenant":"","x":1})", 0)).holds);
  EXPECT_FALSE(judged_held(hold_act(R"({"about":"k","act":"danced","at":"","says":"","tenant":"t"})")).holds);
  for (const char* named : {"operator", "act"}) {  // who did it, and of which kind the entry is
    auto otherwise = [&](const Digest& hash) {
      std::string entry = act_text({.record = hash, .at = to_rfc3339(now)}), text = std::format("\"{}\"", named);
      return entry.replace(entry.find(text), text.size(), "\"other\"");
    };
    EXPECT_FALSE(judged_held(hold(HeldKind::act, act_record(), otherwise)).holds) << named;
  }
  EXPECT_FALSE(judged_held(hold_act(R"({"about":"k","act":"hold","at":"","says":1,"tenant":"t"})")).holds);
  EXPECT_FALSE(judged_held(hold_head(head_record(), "2026-11-24")).holds) << "of another day";
  EXPECT_FALSE(judged_held(hold_head(R"({"day":"2026-11-31","lanes":[],"tenant":"t"})", "2026-11-31")).holds);
  EXPECT_FALSE(judged_held(hold_head(R"({"day":"2026-11-23","lanes":[{}],"tenant":"t"})")).holds);
  EXPECT_TRUE(judged_held(hold_head(R"({"day":"2026-11-23","lanes":[],"tenant":"t"})")).holds);
  // A line of one kind in the place of another.
  std::string act = hold_act(act_record());
  for (const char* kind : {"head", "erasure", "receipt"})
    EXPECT_FALSE(judged_held(std::string(act).replace(act.find("act"), 3, kind)).holds) << kind;
  for (const std::string& head : {hold_head(head_record()), hold_erasure(erasure_record(), 2)}) {
    std::string kind = judged_held(head).kind, other = head;
    EXPECT_FALSE(judged_held(other.replace(other.find(kind), kind.size(), "act")).holds) << kind;
  }
}

}  // namespace
}  // namespace entente
