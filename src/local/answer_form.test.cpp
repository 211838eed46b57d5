// How models write calls and thoughts: what the grammar lets them write is what the reader takes apart again.
#include "local/answer_form.hpp"

#include <random>

#include <gtest/gtest.h>

#include "grammar/automaton.hpp"
#include "local/answer_grammar.hpp"
#include "local/answer_reader.hpp"

namespace entente::local {
namespace {

using What = AnswerReader::What;
using Pieces = std::vector<AnswerReader::Piece>;

// Pieces of one kind, side by side, put together: how the text came apart does not matter.
Pieces read(const AnswerForm& form, std::string_view text, std::size_t step, bool thinking = false) {
  AnswerReader reader(form, true, thinking);
  Pieces pieces, out;
  for (std::size_t at = 0; at < text.size(); at += step) reader.add(text.substr(at, step), pieces);
  reader.finish(pieces);
  for (AnswerReader::Piece& piece : pieces) {
    bool goes_on = !out.empty() && out.back().what == piece.what && piece.what != What::call;
    goes_on ? void(out.back().bytes += piece.bytes) : out.push_back(std::move(piece));
  }
  return out;
}

struct Family {
  const char* family;
  const char* source;  // what its template holds
  const char* two_calls;
};

class Families : public testing::TestWithParam<Family> {};

TEST_P(Families, AreKnownByTheirTemplateAndReadAtEveryCut) {
  AnswerForm form = form_of_template(GetParam().source, true);
  EXPECT_EQ(form.family, GetParam().family);
  EXPECT_TRUE(form.own_tools);
  Pieces expected{{What::call, "f"}, {What::arguments, R"({"a": "}"})"}};
  if (!form.between.empty()) {
    expected.push_back({What::call, "g"});
    expected.push_back({What::arguments, "{}"});
  }
  for (std::size_t step = 1; step < 20; ++step) EXPECT_EQ(read(form, GetParam().two_calls, step), expected) << step;
}

TEST_P(Families, MayWriteWhatIsReadAndNothingElseWhereACallIsRequired) {
  AnswerForm form = form_of_template(GetParam().source, true);
  Chat chat;
  chat.tooling.tools = {{.name = "f", .description = {}, .parameters = R"({"properties":{"a":{"type":"string"}}})"},
                        {.name = "g", .description = {}, .parameters = {}}};
  auto walk_of = [&] {
    return grammar::Walk(std::make_shared<grammar::Automaton>(*answer_grammar(chat, form, false)));
  };
  chat.tooling.use = ToolUse::required;
  grammar::Walk walk = walk_of();
  walk.accept(GetParam().two_calls);
  EXPECT_TRUE(walk.may_end());
  EXPECT_FALSE(walk_of().allows("Hello"));
  chat.tooling.use = ToolUse::automatic;
  walk = walk_of();
  walk.accept("Hello <");
  EXPECT_TRUE(walk.may_end()) << "just an answer";
  walk = walk_of();
  walk.accept(GetParam().two_calls);
  EXPECT_TRUE(walk.may_end());
  chat.tooling.allowed = {"g"};
  chat.tooling.use = ToolUse::required;
  walk = walk_of();
  walk.accept(GetParam().two_calls);
  EXPECT_TRUE(walk.dead()) << "f may not be called";
}

INSTANTIATE_TEST_SUITE_P(
    All, Families,
    testing::Values(
        Family{"hermes", "<tool_call> <tools>",
               "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}\"}}\n</tool_call>\n<tool_call>\n"
               "{\"name\": \"g\", \"arguments\": {}}\n</tool_call>"},
        Family{"llama3", "<|python_tag|> ipython", R"({"name": "f", "parameters": {"a": "}"}})"},
        Family{"mistral", "[AVAILABLE_TOOLS] [TOOL_CALLS]",
               R"([TOOL_CALLS][{"name": "f", "arguments": {"a": "}"}}, {"name": "g", "arguments": {}}])"},
        Family{"mistral", "[TOOL_CALLS] [ARGS]", R"([TOOL_CALLS]f[ARGS]{"a": "}"}[TOOL_CALLS]g[ARGS]{})"},
        Family{
            "phi", "<|tool_call|> <|/tool_call|>",
            R"(<|tool_call|>[{"name": "f", "arguments": {"a": "}"}}, {"name": "g", "arguments": {}}]<|/tool_call|>)"},
        Family{"phi", "functools[",
               R"(functools[{"name": "f", "arguments": {"a": "}"}}, {"name": "g", "arguments": {}}])"},
        Family{"granite", "<|tool_call|>",
               R"(<|tool_call|>[{"name": "f", "arguments": {"a": "}"}}, {"name": "g", "arguments": {}}])"},
        Family{"functionary", "<function=", R"(<function=f>{"a": "}"}</function><function=g>{}</function>)"},
        Family{"harmony", "<|channel|> <|message|>",
               R"(<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": "}"})"}));

TEST(AnswerForm, ATemplateThatKnowsNoToolsGetsTheFormMostModelsKnow) {
  for (auto source : {"plain", "<tool_call> <parameter=", "[TOOL_CALLS]"}) {
    AnswerForm form = form_of_template(source, source == std::string_view("<tool_call> <parameter="));
    EXPECT_EQ(form.family, "hermes") << source;
    EXPECT_FALSE(form.own_tools) << source;
  }
}

TEST(AnswerReader, SplitsThoughtsFromTextAtEveryCut) {
  AnswerForm form = form_of_template("<think> <tool_call>", true);
  std::string call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>";
  for (std::size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(read(form, "<think>\nHm <b>.\n</think>\n\nHi < there", step),
              (Pieces{{What::thought, "\nHm <b>.\n"}, {What::text, "Hi < there"}}));
    EXPECT_EQ(read(form, "Hm.</think>Hi", step, true), (Pieces{{What::thought, "Hm."}, {What::text, "Hi"}}));
    EXPECT_EQ(read(form, "Let me look.\n" + call, step),
              (Pieces{{What::text, "Let me look."}, {What::call, "f"}, {What::arguments, "{}"}}));
    EXPECT_EQ(read(form, "<think>x</think>\n" + call, step),
              (Pieces{{What::thought, "x"}, {What::call, "f"}, {What::arguments, "{}"}}));
    EXPECT_EQ(read(form, "a <tool_cal", step), (Pieces{{What::text, "a <tool_cal"}})) << "what no mark became is text";
    EXPECT_EQ(read(form, "<think>never done", step), (Pieces{{What::thought, "never done"}}));
  }
  AnswerForm harmony = form_of_template("<|channel|><|message|>", true);
  EXPECT_EQ(read(harmony, "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi", 3),
            (Pieces{{What::thought, "Hm."}, {What::text, "Hi"}}));
}

TEST(AnswerForm, AMarkOfControlTokensCannotBeSpelt) {
  ControlSpellings control({"[TOOL_CALLS]"});
  AnswerForm form = spelled(form_of_template("[TOOL_CALLS]", true), control);
  EXPECT_EQ(form.begin, "\xFF[TOOL_CALLS][");
  std::string typed = R"([TOOL_CALLS][{"name": "f", "arguments": {}}])";
  EXPECT_EQ(read(form, typed, 4), (Pieces{{What::text, typed}}));
  EXPECT_EQ(read(form, "\xFF" + typed, 4), (Pieces{{What::call, "f"}, {What::arguments, "{}"}}));
}

}  // namespace
}  // namespace entente::local
