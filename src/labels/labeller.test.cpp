#include "labels/labeller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "labels/text.hpp"

namespace entente::labels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

Principal of(std::string tenant, std::string project = "p", std::string key = "k") {
  return {.tenant = {},
          .project = {},
          .key = {},
          .tenant_name = std::move(tenant),
          .project_name = std::move(project),
          .key_name = std::move(key),
          .labels = {}};
}

Work saying(std::string text) {
  Chat chat;
  chat.conversation.push_back(said(Role::user, std::move(text)));
  return chat;
}

std::vector<std::string> labels_of(const std::vector<LabelRule>& rules, const Work& work,
                                   const Principal& who = of("t")) {
  auto labeller = Labeller::make(rules);
  EXPECT_TRUE(labeller) << labeller.error().message;
  std::vector<std::string> out;
  add_labels(out, (*labeller)->labels_of(who, work));
  return out;
}

bool finds(LabelRule rule, std::string text) {
  rule.label = "l";
  return !labels_of({rule}, saying(std::move(text))).empty();
}

TEST(Labeller, GivesByWhoAsks) {
  std::vector<LabelRule> rules = {{.label = "health", .tenants = {"clinic*"}},
                                  {.label = "minors", .projects = {"school"}, .keys = {"desk"}},
                                  {.label = "all"}};
  EXPECT_THAT(labels_of(rules, saying(""), of("clinic-2")), ElementsAre("health", "all"));
  EXPECT_THAT(labels_of(rules, saying(""), of("t", "school", "desk")), ElementsAre("minors", "all"));
  EXPECT_THAT(labels_of(rules, saying(""), of("t", "school", "other")), ElementsAre("all"));
  auto given = (*Labeller::make(rules))->labels_of(of("clinic"));
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[0].why, "its tenant is 'clinic'");
}

TEST(Labeller, FindsWhatHasAFormInAnyPlace) {
  LabelRule email{.label = "l", .finds = {"email"}};
  EXPECT_TRUE(finds(email, "write to anna.berg+x@mail.example.org."));
  EXPECT_TRUE(finds(email, "<jürgen@müller.example>"));
  EXPECT_TRUE(finds(email, "x@y.fr"));
  EXPECT_FALSE(finds(email, "a @ b, c@d, @name, user@localhost"));
  LabelRule phone{.label = "l", .finds = {"phone"}};
  EXPECT_TRUE(finds(phone, "call +254 (0) 712-345.678"));
  EXPECT_TRUE(finds(phone, "0033 6 12 34 56 78"));
  EXPECT_FALSE(finds(phone, "1 + 234 = 235, +12"));
  LabelRule secret{.label = "l", .finds = {"credential"}};
  EXPECT_TRUE(finds(secret, "-----BEGIN RSA PRIVATE KEY-----\nMII"));
  EXPECT_TRUE(finds(secret, "AWS_KEY=AKIAIOSFODNN7EXAMPLE\n"));
  EXPECT_FALSE(finds(secret, "-----BEGIN PUBLIC KEY-----, sk-, AKIA"));
  LabelRule national{.label = "l", .finds = {"national-id"}};
  EXPECT_TRUE(finds(national, "NIR 2 55 08 14 168 025 38"));
  EXPECT_TRUE(finds(national, "id 8001015009087"));
  EXPECT_FALSE(finds(national, "id 8001015009088, order 12345678901"));
  LabelRule one{.label = "l", .finds = {"za-id"}};
  EXPECT_FALSE(finds(one, "NIR 2 55 08 14 168 025 38"));
}

TEST(Labeller, FindsANumberAmongOthers) {
  LabelRule card{.label = "l", .finds = {"payment-card"}};
  EXPECT_TRUE(finds(card, "22 4111 1111 1111 1111 12/27"));
  EXPECT_TRUE(finds(card, "4111-1111-1111-1112, 4111-1111-1111-1111"));
  EXPECT_FALSE(finds(card, "94111111111111111, a4111111111111111"));
  LabelRule iban{.label = "l", .finds = {"iban"}};
  EXPECT_TRUE(finds(iban, "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF"));
  EXPECT_FALSE(finds(iban, "DE88 3704 0044 0532 0130 00"));
}

TEST(Labeller, FindsWordsWholeAndInAnyCase) {
  LabelRule words{.label = "l", .words = {"diagnos*", "côté", "sick leave", "C++"}};
  EXPECT_TRUE(finds(words, "Her DIAGNOSIS is"));
  EXPECT_TRUE(finds(words, "à CÔTÉ"));
  EXPECT_TRUE(finds(words, "(sick leave)"));
  EXPECT_TRUE(finds(words, "in C++."));
  EXPECT_FALSE(finds(words, "prediagnosed, côtés, sick  leave, C"));
}

TEST(Labeller, FindsPatternsAsTheyAreWritten) {
  LabelRule pattern{.label = "l", .patterns = {R"(\bPAT-\d{6}\b)", "(?i)a|bb"}};
  EXPECT_TRUE(finds(pattern, "see PAT-123456"));
  EXPECT_TRUE(finds(pattern, "xBBx"));
  EXPECT_FALSE(finds(pattern, "PxT-1234567"));
}

TEST(Labeller, CountsDifferentOnesOfAWholeRequest) {
  LabelRule rule{.label = "l", .finds = {"email"}, .except = {"*@OURS.example"}, .at_least = 2};
  EXPECT_FALSE(finds(rule, "a@x.org A@X.ORG a@x.org"));
  EXPECT_FALSE(finds(rule, "a@x.org b@ours.example C@Ours.Example"));
  EXPECT_TRUE(finds(rule, "a@x.org,b@x.org"));
  Chat chat;
  chat.conversation.push_back(said(Role::system, "a@x.org"));
  chat.conversation.push_back(said(Role::user, "b@x.org"));
  EXPECT_THAT(labels_of({rule}, chat), ElementsAre("l"));
}

// The same finding, wherever a request can say it.
TEST(Labeller, ReadsAllThatAWorkSays) {
  const std::string it = "a@x.org";
  std::vector<Work> all;
  Chat chat;
  chat.conversation.push_back({.role = Role::user, .parts = {TextPart{"hello"}}, .name = {}});
  auto with = [&](auto change) {
    Chat changed = chat;
    change(changed);
    all.emplace_back(std::move(changed));
  };
  auto part = [&](Part one) { with([&](Chat& c) { c.conversation[0].parts.push_back(std::move(one)); }); };
  part(TextPart{it});
  part(ReasoningPart{.text = it, .signature = {}});
  part(ToolCall{.id = "c", .name = "f", .arguments = "{\"to\":\"" + it + "\"}"});
  part(ToolResult{.call = "c", .text = it});
  part(ImagePart{.url = "https://example.org/?to=" + it, .media_type = {}, .bytes = {}, .detail = {}});
  with([&](Chat& c) { c.conversation[0].name = it; });
  with([&](Chat& c) { c.tooling.tools.push_back({.name = "f", .description = it, .parameters = {}}); });
  with([&](Chat& c) {
    c.tooling.tools.push_back({.name = "f", .description = {}, .parameters = "{\"x\":\"" + it + "\"}"});
  });
  with([&](Chat& c) { c.format.schema = "{\"enum\":[\"" + it + "\"]}"; });
  with([&](Chat& c) { c.end_user = it; });
  with([&](Chat& c) { c.stop = {it}; });
  with([&](Chat& c) {
    c.passed = std::make_shared<PassedFields>(
        PassedFields{.dialect = "d", .fields = {{"n", "\"" + it + "\""}}, .refusal = {}});
  });
  with([&](Chat& c) {
    c.conversation[0].parts.push_back(TextPart{it});
    all.emplace_back(CountTokens{c});
  });
  all.emplace_back(Complete{.model = {}, .prompts = {std::vector<std::int32_t>{1}, it}, .suffix = {}});
  all.emplace_back(Complete{.model = {}, .prompts = {"x"}, .suffix = it});
  all.emplace_back(Embed{.model = {}, .inputs = {"x", it}});
  all.emplace_back(Rerank{.model = {}, .query = it, .documents = {"x"}});
  all.emplace_back(Rerank{.model = {}, .query = "x", .documents = {"x", it}});
  all.emplace_back(MakeImage{.model = {}, .prompt = it});
  all.emplace_back(Transcribe{.model = {}, .audio = {}, .filename = {}, .prompt = it});
  all.emplace_back(Speak{.model = {}, .text = it});
  all.emplace_back(Speak{.model = {}, .text = "x", .voice = {}, .instructions = it});
  all.emplace_back(Moderate{.model = {}, .inputs = {{TextPart{"x"}}, {TextPart{it}}}});
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_THAT(labels_of({{.label = "l", .finds = {"email"}}}, all[i]), ElementsAre("l")) << i;
  EXPECT_THAT(labels_of({{.label = "l", .finds = {"email"}}}, Work(chat)), IsEmpty());
}

TEST(Labeller, KnowsWhatItCannotRead) {
  LabelRule rule{.label = "unread", .finds = {"not-text"}};
  Chat chat;
  chat.conversation.push_back({.role = Role::user,
                               .parts = {ImagePart{.url = {}, .media_type = "image/png", .bytes = "x", .detail = {}}},
                               .name = {}});
  EXPECT_THAT(labels_of({rule}, chat), ElementsAre("unread"));
  chat.conversation[0].parts = {ReasoningPart{.text = {}, .signature = "s", .sealed = true}};
  EXPECT_THAT(labels_of({rule}, chat), ElementsAre("unread"));
  EXPECT_THAT(labels_of({rule}, Embed{.model = {}, .inputs = {std::vector<std::int32_t>{1, 2}}}),
              ElementsAre("unread"));
  EXPECT_THAT(labels_of({rule}, Transcribe{.model = {}, .audio = "x", .filename = {}}), ElementsAre("unread"));
  EXPECT_THAT(labels_of({rule}, saying("x")), IsEmpty());
}

TEST(Labeller, SaysWhyWithoutRepeatingWhatItFound) {
  auto labeller = Labeller::make({{.label = "l", .finds = {"email", "iban"}, .words = {"secretly"}, .at_least = 3}});
  auto given = (*labeller)->labels_of(of("t"), saying("a@x.org secretly DE89370400440532013000"));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].why, "it holds an e-mail address, a bank account's number and a listed word");
}

TEST(Labeller, LooksAtATextForWhoTriesRulesOut) {
  auto labeller =
      Labeller::make({{.label = "l", .finds = {"email"}, .at_least = 3}, {.label = "o", .tenants = {"other"}}});
  std::string text = "a@x.org\nb@x.org a@x.org";
  auto looked = (*labeller)->look_at(of("t"), text);
  ASSERT_EQ(looked.size(), 1u);
  EXPECT_FALSE(looked[0].given);
  ASSERT_EQ(looked[0].finds.size(), 2u);
  EXPECT_EQ(looked[0].finds[1].text.data() - text.data(), 8);
}

TEST(Labeller, RefusesRulesThatCannotBeMeant) {
  auto wrong = [](LabelRule rule) { return check(rule).error().message; };
  EXPECT_THAT(wrong({.label = "a,b"}), HasSubstr("a name without commas"));
  EXPECT_THAT(wrong({.label = ""}), HasSubstr("a name without commas"));
  EXPECT_THAT(wrong({.label = "l", .finds = {"emial"}}), HasSubstr("did you mean \"email\"?"));
  EXPECT_THAT(wrong({.label = "l", .words = {" * "}}), HasSubstr("no word"));
  EXPECT_THAT(wrong({.label = "l", .patterns = {"(a"}}), HasSubstr("\"(a\": missing )"));
  EXPECT_THAT(wrong({.label = "l", .patterns = {"a*"}}), HasSubstr("finds nothing everywhere"));
  EXPECT_THAT(wrong({.label = "l", .patterns = {"a) | (b"}}), HasSubstr("unexpected )"));
  EXPECT_THAT(wrong({.label = "l", .at_least = 2}), HasSubstr("write finds, words or patterns"));
}

// Texts come from anybody: no expression takes longer than its text is long.
TEST(Labeller, ReadsWhatIsMadeToBeSlow) {
  LabelRule rule{.label = "l", .finds = {"email", "iban", "national-id"}, .patterns = {"(a|a)*b", "(x+x+)+y"}};
  EXPECT_FALSE(finds(rule, std::string(1 << 20, 'a')));
  EXPECT_FALSE(finds(rule, std::string(1 << 20, 'x')));
  std::string numbers;
  while (numbers.size() < 1 << 20) numbers += "23 ";
  // What is made to be looked at for long is supposed to be the worst.
  auto given = (*Labeller::make({{.label = "l", .finds = {"payment-card"}}}))->labels_of(of("t"), saying(numbers));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].why, "it holds more than is looked at");
  EXPECT_FALSE(finds({.label = "l", .finds = {"payment-card"}}, numbers.substr(0, 10'000)));
}

TEST(Labeller, TextOfRulesIsCanonical) {
  std::vector<LabelRule> rules = {{.label = "l", .tenants = {"t"}},
                                  {.label = "m", .finds = {"email"}, .words = {"w"}, .except = {"e"}, .at_least = 2}};
  EXPECT_EQ(
      rules_text(rules),
      R"([{"label":"l","tenants":["t"]},{"at_least":2,"except":["e"],"finds":["email"],"label":"m","words":["w"]}])");
  EXPECT_EQ(rules_text({}), "[]");
}

}  // namespace
}  // namespace entente::labels
