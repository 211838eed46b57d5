// How models write calls and thoughts: what the grammar lets them write is what the reader takes apart again.
#include "local/text/answer_form.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "grammar/automaton.hpp"
#include "local/text/answer_grammar.hpp"
#include "local/text/answer_reader.hpp"
#include "local/text/test_templates.hpp"

namespace entente::local {

void PrintTo(const AnswerReader::Piece& piece, std::ostream* out) {
  *out << static_cast<int>(piece.what) << ' ' << testing::PrintToString(piece.bytes);
}

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

class Families : public testing::TestWithParam<TemplateShape> {
 protected:
  const ChatTemplate template_ = parsed(GetParam().source());
  const AnswerForm& form_ = template_.form();
};

TEST_P(Families, AreLearntFromTheirTemplatesAndReadAtEveryCut) {
  EXPECT_TRUE(form_.own_tools);
  EXPECT_EQ(form_.short_ids, GetParam().short_ids);
  Pieces expected{{What::call, "f"}, {What::arguments, R"({"a": "}"})"}};
  if (form_.can_call_again()) {
    expected.push_back({What::call, "g"});
    expected.push_back({What::arguments, "{}"});
  }
  for (std::size_t step = 1; step < 20; ++step) EXPECT_EQ(read(form_, GetParam().two_calls, step), expected) << step;
}

TEST_P(Families, MayWriteWhatIsReadAndNothingElseWhereACallIsRequired) {
  Chat chat;
  chat.tooling.tools = {{.name = "f", .description = {}, .parameters = R"({"properties":{"a":{"type":"string"}}})"},
                        {.name = "g", .description = {}, .parameters = {}}};
  auto walk_of = [&] {
    return grammar::Walk(std::make_shared<grammar::Automaton>(*answer_grammar(chat, form_, false)));
  };
  chat.tooling.use = ToolUse::required;
  grammar::Walk walk = walk_of();
  walk.accept(GetParam().two_calls);
  EXPECT_TRUE(walk.may_end());
  EXPECT_FALSE(walk_of().allows("Hello"));
  chat.tooling.use = ToolUse::automatic;
  walk = walk_of();
  walk.accept(form_.text_begin + "Hello <");
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

// What was called before stands in the prompt as the model would have written it, and so does what came of it.
TEST_P(Families, SeeThePastAsTheyWouldHaveWrittenIt) {
  Tooling tools;
  tools.tools = {{.name = "f", .description = {}, .parameters = {}},
                 {.name = "g", .description = {}, .parameters = {}}};
  std::vector<Part> calls{ToolCall{.id = "000000001", .name = "f", .arguments = R"({"a": "}"})"}};
  if (form_.can_call_again()) calls.push_back(ToolCall{.id = "abcdefghi", .name = "g", .arguments = "{}"});
  Conversation past{said(Role::user, "Hi"), {.role = Role::assistant, .parts = std::move(calls), .name = {}}};
  past.push_back({.role = Role::tool, .parts = {ToolResult{.call = "000000001", .text = "It rains."}}, .name = {}});
  auto rendered = template_.render(past, tools);
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_TRUE(rendered->contains("It rains.")) << *rendered;
  // OpenAI's template writes what its models read, and those answer in another order.
  if (GetParam().family != std::string_view("harmony")) {
    EXPECT_TRUE(rendered->contains(GetParam().two_calls)) << *rendered;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Families, testing::ValuesIn(shapes()),
                         [](const auto& info) { return info.param.family; });

// As text, which most models understand.
TEST(AnswerForm, WhatCannotBeLearntIsTheFormOfHermes) {
  struct Case {
    const char* why;
    std::string source;
  };
  auto calling = [](std::string calls) {
    return TemplateShape{.family = "", .calls = calls, .two_calls = ""}.source();
  };
  const Case cases[] = {
      {"no tools", "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"},
      {"no calls", calling("")},
      {"refuses them", calling("{{ raise_exception('no calls') }}")},
      {"arguments as elements",
       calling(each("<tool_call>\n<function={{ c.function.name }}>\n{% for k, v in c.function.arguments.items() %}"
                    "<parameter={{ k }}>\n{{ v }}\n</parameter>\n{% endfor %}</function>\n</tool_call>"))},
      {"arguments that are no JSON",
       calling(each("call:{{ c.function.name }}{ {{ c.function.arguments | tojson }} }"))},
      {"arguments first", calling(each("<call>{{ c.function.arguments | tojson }}, {{ c.function.name }}</call>"))},
      {"a mark that ends an answer",
       calling(each("<|eom_id|>{{ c.function.name }} {{ c.function.arguments | tojson }}"))},
      {"the past does not go on where a prompt ends",
       "{{ tools | tojson }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ m.tool_calls | tojson }}{% endfor %}"
       "{% if add_generation_prompt %}My answer:{% endif %}"},
      {"results of tools are not shown",
       "{{ tools | tojson }}{% for m in messages %}{% if m.role != 'tool' %}<{{ m.role }}>{{ m.content }}"
       "{% if m.tool_calls %}" +
           each("<call>{{ c.function.name }}:{{ c.function.arguments | tojson }}</call>") +
           "{% endif %}{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"}};
  for (const Case& one : cases) {
    ChatTemplate made = parsed(one.source);
    EXPECT_FALSE(made.form().own_tools) << one.why;
    EXPECT_EQ(made.form().begin, "<tool_call>") << one.why;
    Tooling tools;
    tools.tools = {{.name = "f", .description = {}, .parameters = {}}};
    std::vector<Part> calls{ToolCall{.id = "a", .name = "f", .arguments = ""}};
    Conversation past{said(Role::user, "Hi"), {.role = Role::assistant, .parts = std::move(calls), .name = {}}};
    past.push_back({.role = Role::tool, .parts = {ToolResult{.call = "a", .text = "It rains."}}, .name = {}});
    auto rendered = made.render(past, tools);
    ASSERT_TRUE(rendered) << one.why << rendered.error().message;
    EXPECT_TRUE(rendered->contains("<tools>")) << one.why;
    EXPECT_TRUE(rendered->contains("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>")) << *rendered;
    EXPECT_TRUE(rendered->contains("<tool_response>\nIt rains.\n</tool_response>")) << one.why;
  }
}

TEST(AnswerForm, ThoughtsBeforeACallAreNoPartOfIt) {
  for (const char* thought : {"<think>\n</think>", "<think>\n\n</think>\n\n", "</think>"}) {
    std::string source =
        TemplateShape{.family = "",
                      .calls = thought + each("<tool_call>\n{\"name\": \"{{ c.function.name }}\", "
                                              "\"arguments\": {{ c.function.arguments | tojson }}}\n</tool_call>"),
                      .two_calls = ""}
            .source();
    source.insert(source.rfind("{% endif %}"), "<think>\n");
    ChatTemplate made = parsed(source);
    EXPECT_EQ(made.form().thought_begin, "<think>");
    EXPECT_TRUE(made.form().own_calls);
    EXPECT_EQ(made.form().begin, "<tool_call>");
    EXPECT_TRUE(made.began_thought(*made.render({said(Role::user, "Hi")})));
  }
}

TEST(AnswerReader, SplitsThoughtsFromTextAtEveryCut) {
  AnswerForm form = hermes_form();
  form.thought_begin = "<think>", form.thought_end = "</think>";
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
  AnswerForm harmony = parsed(shapes().back().source()).form();
  EXPECT_EQ(read(harmony, "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi", 3),
            (Pieces{{What::thought, "Hm."}, {What::text, "Hi"}}));
}

TEST(AnswerForm, AMarkOfControlTokensCannotBeSpelt) {
  ControlSpellings control({"[TOOL_CALLS]"});
  auto ministral = std::ranges::find(shapes(), std::string_view("ministral"), &TemplateShape::family);
  AnswerForm form = spelled(parsed(ministral->source()).form(), control);
  EXPECT_EQ(form.begin, "\xFF[TOOL_CALLS]");
  std::string typed = R"([TOOL_CALLS]f[ARGS]{})";
  EXPECT_EQ(read(form, typed, 4), (Pieces{{What::text, typed}}));
  EXPECT_EQ(read(form, "\xFF" + typed, 4), (Pieces{{What::call, "f"}, {What::arguments, "{}"}}));
}

}  // namespace
}  // namespace entente::local
