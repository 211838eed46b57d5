#include "wire/guard/judging.hpp"

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

std::string found(std::string_view answer, GuardForm form) {
  auto judgement = read_guard(answer, form);
  if (!judgement) return judgement.error().reason;
  std::string out = judgement->flagged ? "flagged" : "fine";
  for (std::size_t i = 0; i < harms.size(); ++i) {
    if (judgement->categories[i].found) out.append(" ").append(harms[i]);
  }
  return out;
}

TEST(Guard, LlamaGuardsWordsBecomeOpenAIsCategories) {
  auto of = [](std::string_view answer) { return found(answer, GuardForm::llama_guard); };
  EXPECT_EQ(of("\n\nsafe"), "fine");
  EXPECT_EQ(of("safe\n"), "fine");
  EXPECT_EQ(of("unsafe\nS1"), "flagged violence");
  EXPECT_EQ(of("unsafe\nS10, S4"), "flagged hate sexual sexual/minors");
  EXPECT_EQ(of("unsafe\nS11,S9"), "flagged illicit illicit/violent self-harm");
  EXPECT_EQ(of("unsafe\nS6"), "flagged");
  EXPECT_EQ(of("unsafe S99 Sx S"), "flagged");
  for (std::string_view none : {"", "safely", "I cannot", "Unsafe"}) EXPECT_EQ(of(none), "bad_reply") << none;
}

TEST(Guard, ASchemasAnswerMustSayAllOfIt) {
  std::string all = "{";
  for (std::string_view harm : harms)
    all += (all.size() > 1 ? ",\"" : "\"") + std::string(harm) + "\":" + (harm == "hate" ? "true" : "false");
  EXPECT_EQ(found(all + "}", GuardForm::schema), "flagged hate");
  EXPECT_EQ(found(R"({"hate":true})", GuardForm::schema), "bad_reply");
  EXPECT_EQ(found(all, GuardForm::schema), "bad_reply");
  EXPECT_EQ(found("[]", GuardForm::schema), "bad_reply");
}

TEST(Guard, TheFormFollowsFromTheModelsName) {
  EXPECT_EQ(guard_form_of("meta-llama/Llama-Guard-4-12B"), GuardForm::llama_guard);
  EXPECT_EQ(guard_form_of("llama-guard3:1b"), GuardForm::llama_guard);
  EXPECT_EQ(guard_form_of("llama3.2:1b"), GuardForm::schema);
  Chat own = ask_guard("g", {TextPart{"a"}}, GuardForm::llama_guard);
  EXPECT_EQ(own.conversation.size(), 1u);
  EXPECT_EQ(own.format.kind, AnswerFormat::Kind::text);
  Chat asked = ask_guard("g", {TextPart{"a"}}, GuardForm::schema);
  EXPECT_EQ(asked.conversation.size(), 2u);
  EXPECT_TRUE(asked.format.strict);
  EXPECT_EQ(asked.sampling.temperature, 0.0);
}

}  // namespace
}  // namespace entente::wire
