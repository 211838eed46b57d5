#include "grammar/json_schema.hpp"

#include <format>

#include <gmock/gmock.h>

#include "grammar/automaton.hpp"

namespace entente::grammar {
namespace {

Result<std::shared_ptr<Automaton>> automaton(std::string_view schema, bool lenient = false) {
  auto grammar = std::make_shared<Grammar>();
  JsonText json(*grammar);
  TRY_ASSIGN(Node root, json_schema(*grammar, json, schema, {.lenient = lenient}));
  grammar->set_root(root);
  return std::make_shared<Automaton>(grammar);
}

bool accepts(const std::shared_ptr<Automaton>& made, std::string_view text) {
  Walk walk(made);
  for (char c : text) {
    if (!walk.allows(std::string(1, c))) return false;
    walk.accept(std::string(1, c));
  }
  return walk.may_end();
}

struct Case {
  const char* schema;
  std::vector<const char*> valid, invalid;
};

// From every place that digits lead to, more of them lead to an end.
bool always_ends(Automaton& automaton, Automaton::State state, int depth, int patience) {
  constexpr std::string_view bytes = "-.0123456789";
  auto reaches = [&](auto& self, Automaton::State from, int left) -> bool {
    if (automaton.may_end(from)) return true;
    for (char c : left == 0 ? std::string_view() : bytes) {
      Automaton::State next = automaton.step(from, static_cast<unsigned char>(c));
      if (next != Automaton::dead && self(self, next, left - 1)) return true;
    }
    return false;
  };
  if (!reaches(reaches, state, patience)) return false;
  for (char c : depth == 0 ? std::string_view() : bytes) {
    Automaton::State next = automaton.step(state, static_cast<unsigned char>(c));
    if (next != Automaton::dead && !always_ends(automaton, next, depth - 1, patience)) return false;
  }
  return true;
}

TEST(JsonSchemaNumbers, NoDigitLeadsWhereNothingFits) {
  for (const char* schema :
       {R"({"type":"integer","minimum":-1,"maximum":7})", R"({"type":"integer","exclusiveMinimum":0})",
        R"({"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":12345})", R"({"type":"integer","maximum":-10})",
        R"({"type":"integer","exclusiveMinimum":-12,"exclusiveMaximum":10})",
        R"({"type":"integer","minimum":-1000,"maximum":0})", R"({"type":"number","minimum":-0.5,"maximum":0.25})",
        R"({"type":"number","exclusiveMinimum":3,"maximum":100})"}) {
    auto made = automaton(schema);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(always_ends(**made, (*made)->start(), 4, 5)) << schema;
  }
}

class JsonSchema : public testing::TestWithParam<Case> {};

TEST_P(JsonSchema, AcceptsWhatIsValidAndNothingElse) {
  auto made = automaton(GetParam().schema);
  ASSERT_TRUE(made) << made.error().message;
  for (const char* text : GetParam().valid) EXPECT_TRUE(accepts(*made, text)) << text;
  for (const char* text : GetParam().invalid) EXPECT_FALSE(accepts(*made, text)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, JsonSchema,
    testing::Values(
        Case{R"(true)", {"1", "{}", R"({"a": [1, "x", null]})", "-0.5e10"}, {"", "{", "01", "nul", "1 "}},
        Case{R"({"type":"object"})", {"{}", R"({"a": 1})"}, {"[]", "1"}},
        Case{R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]})",
             {R"({"a": 1})", R"({"a":1,"b":"x"})", "{\n  \"a\": 1\n}"},
             {"{}", R"({"b":"x"})", R"({"a":1.5})", R"({"a":1,"c":2})", R"({"a":1,})", R"({"b":"x","a":1})"}},
        Case{R"({"properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}}})",
             {"{}", R"({"a":null})", R"({"b":null})", R"({"c":null})", R"({"a":null,"c":null})",
              R"({"a":null,"b":null,"c":null})"},
             {R"({,"a":null})", R"({"a":null "b":null})", R"({"c":null,"a":null})"}},
        Case{
            R"({"type":"object","properties":{"ab":{"type":"integer"}},"additionalProperties":{"type":"boolean"}})",
            {"{}", R"({"ab":1})", R"({"ab":1,"a":true})", R"({"abc":true,"x":false})", R"({"":true})", R"({"é":true})"},
            {R"({"ab":true})", R"({"x":1})", R"({"a":1})"}},
        Case{R"({"type":"object","additionalProperties":{"type":"integer"},"minProperties":1,"maxProperties":2})",
             {R"({"a":1})", R"({"a":1,"b":2})"},
             {"{}", R"({"a":1,"b":2,"c":3})"}},
        Case{R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3})",
             {"[1,2]", "[1, 2, 3]"},
             {"[]", "[1]", "[1,2,3,4]", "[1,]"}},
        Case{R"({"type":"array","maxItems":0})", {"[]"}, {"[1]"}},
        Case{
            R"({"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"boolean"},"minItems":1})",
            {"[1]", R"([1,"a"])", R"([1,"a",true,false])"},
            {"[]", R"(["a"])", "[1,true]"}},
        Case{R"({"type":"array","items":[{"type":"integer"}],"additionalItems":false})", {"[]", "[1]"}, {"[1,2]"}},
        Case{R"({"type":"string","minLength":2,"maxLength":3})",
             {R"("ab")", R"("éé")", R"("a\n")", R"("\u00e9b")", "\"\xF0\x9F\x8C\x8D.\""},
             {R"("a")", R"("abcd")", R"("ab)", R"("\ud800a")", "\"\xC3\""}},
        Case{R"({"type":"string","maxLength":50000})", {R"("")", R"("x")"}, {"x"}},
        Case{R"({"type":"string","pattern":"^[a-c]+\\d{2}$"})",
             {R"("a12")", R"("abc99")"},
             {R"("12")", R"("a1")", R"("a123")"}},
        Case{R"({"type":"string","pattern":"x|^a"})", {R"("ab")", R"("bxb")"}, {R"("b")"}},
        Case{R"({"type":"string","pattern":"^\"\\\\$"})", {R"("\"\\")"}, {R"("")"}},
        Case{R"({"type":"string","pattern":"^[^é]$"})", {R"("e")", R"("è")", R"("€")"}, {R"("é")"}},
        Case{R"({"type":"string","format":"date"})", {R"("2026-11-24")"}, {R"("2026-13-01")", R"("2026-02-30")"}},
        Case{R"({"type":"string","format":"uuid"})", {R"("123e4567-e89b-12d3-a456-426614174000")"}, {R"("1")"}},
        Case{R"({"type":"string","format":"ipv4"})", {R"("127.0.0.1")"}, {R"("256.0.0.1")"}},
        Case{R"({"enum":["a","b\"",1,null,{"x":[1]}]})",
             {R"("a")", R"("b\"")", "1", "null", R"({"x":[1]})"},
             {R"("c")", "2"}},
        Case{R"({"type":"string","enum":["a",1]})", {R"("a")"}, {"1"}},
        Case{R"({"const":{"a":true}})", {R"({"a":true})"}, {"{}"}},
        // Values are compared as values, however they are written, and written as the schema writes one of them.
        Case{R"({"enum":[100000],"const":1e5})", {"1e+05"}, {"1", "2e+05"}},
        Case{R"({"enum":[{"a":100000,"b":[2]},null],"const":{"b":[2],"a":1e5}})",
             {R"({"b":[2],"a":1e+05})"},
             {"null", "{}"}},
        Case{R"({"allOf":[{"const":100000},{"const":1e5}]})", {"100000"}, {"1"}},
        Case{R"({"allOf":[{"type":"integer","multipleOf":100000},{"multipleOf":1e5}]})", {"0", "200000"}, {"1000"}},
        Case{R"({"type":"integer","minimum":-3,"maximum":12})",
             {"-3", "-1", "0", "7", "12", "10"},
             {"-4", "13", "-10", "1.5", "20", "100"}},
        Case{R"({"type":"integer","minimum":95})", {"95", "99", "100", "123456"}, {"94", "9", "-95", "0"}},
        Case{R"({"type":"integer","exclusiveMaximum":-9})", {"-10", "-11", "-100"}, {"-9", "0", "9", "-1"}},
        Case{R"({"type":"number","minimum":0.5,"maximum":2})",
             {"0.5", "0.51", "0.9", "1", "1.99", "2", "2.0"},
             {"0.4", "0.49", "2.01", "0", "-1", "3", "1e5"}},
        Case{R"({"type":"number","exclusiveMinimum":0})", {"0.1", "0.0001", "1", "22.5"}, {"0", "0.0", "-1"}},
        Case{R"({"type":"number","exclusiveMinimum":-1.25,"exclusiveMaximum":1.25})",
             {"-1.2", "-1.249", "0", "1.2", "1.2499", "-0.5"},
             {"-1.25", "1.25", "1.3", "-1.3", "2"}},
        Case{R"({"type":"number","multipleOf":0.01,"minimum":0})", {"1", "1.25", "0"}, {"1.255", "-1"}},
        Case{R"({"type":"integer","multipleOf":10})", {"0", "10", "-120"}, {"1", "00", "-0", "105", "1e1"}},
        Case{R"({"type":"number","multipleOf":100,"exclusiveMinimum":-250.5,"maximum":300})",
             {"-200", "0", "100", "300"},
             {"-300", "-100.0", "400", "50"}},
        Case{R"({"type":"integer","multipleOf":1000,"minimum":1500})", {"2000", "999000"}, {"0", "1000", "-2000"}},
        Case{R"({"type":["string","null"]})", {"null", R"("a")"}, {"1"}},
        Case{R"({"anyOf":[{"type":"integer"},{"type":"string"}]})", {"1", R"("a")"}, {"null"}},
        Case{R"({"oneOf":[{"type":"integer"},{"type":"string"}]})", {"1", R"("a")"}, {"null"}},
        Case{
            R"({"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind","x"]},
                 {"type":"object","properties":{"kind":{"const":"b"},"y":{"type":"string"}},"required":["kind","y"]}]})",
            {R"({"kind":"a","x":1})", R"({"kind":"b","y":"z"})"},
            {R"({"kind":"a","y":"z"})", R"({"kind":"b"})"}},
        Case{R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},
                 {"properties":{"b":{"type":"string"}},"required":["b"]}]})",
             {R"({"a":1,"b":"x"})"},
             {R"({"a":1})", R"({"b":"x"})"}},
        Case{R"({"type":"integer","allOf":[{"minimum":3},{"maximum":5}]})", {"3", "5"}, {"2", "6"}},
        Case{R"({"properties":{"n":{"$ref":"#/$defs/node"}},"required":["n"],
                 "$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v"]}}})",
             {R"({"n":{"v":1}})", R"({"n":{"v":1,"next":{"v":2,"next":null}}})"},
             {R"({"n":{}})", R"({"n":{"v":1,"next":1}})"}},
        Case{R"({"type":"array","items":{"$ref":"#"}})", {"[]", "[[],[[]]]"}, {"[1]", "{}"}},
        Case{R"({"$ref":"#/definitions/a~1b","definitions":{"a/b":{"const":1}}})", {"1"}, {"2"}},
        Case{R"({"$ref":"#/$defs/a%25b","$defs":{"a%b":{"const":1}}})", {"1"}, {"2"}},
        Case{R"({"type":"object","properties":{"a":false},"additionalProperties":false})", {"{}"}, {R"({"a":1})"}},
        // What a part says of all other members holds for what another part declares.
        Case{
            R"({"type":"object","allOf":[{"properties":{"a":{"type":"integer"}},"unevaluatedProperties":false},{"properties":{"b":{}}}]})",
            {"{}", R"({"a":1})"},
            {R"({"b":1})", R"({"a":1,"b":1})"}},
        Case{
            R"({"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{}}}],"unevaluatedProperties":false})",
            {R"({"a":1,"b":1})"},
            {R"({"c":1})"}},
        Case{R"({"oneOf":[{"const":1},{"const":"1"}]})", {"1", R"("1")"}, {"2"}}));

// Alternatives that hold the whole again are told apart by what they list, wherever it stands.
INSTANTIATE_TEST_SUITE_P(
    Trees, JsonSchema,
    testing::Values(
        Case{
            R"({"oneOf":[{"type":"object","properties":{"kind":{"const":"add"},"left":{"$ref":"#"},"right":{"$ref":"#"}},"required":["kind","left","right"]},
                 {"type":"object","properties":{"kind":{"const":"mul"},"left":{"$ref":"#"},"right":{"$ref":"#"}},"required":["kind","left","right"]},
                 {"type":"object","properties":{"kind":{"const":"num"},"value":{"type":"number"}},"required":["kind","value"]}]})",
            {R"({"kind":"num","value":1})",
             R"({"kind":"add","left":{"kind":"num","value":1},"right":{"kind":"num","value":2}})",
             R"({"kind":"mul","left":{"kind":"add","left":{"kind":"num","value":1},"right":{"kind":"num","value":2}},"right":{"kind":"num","value":-0.5}})"},
            {R"({"kind":"num"})", R"({"kind":"sub","left":{"kind":"num","value":1},"right":{"kind":"num","value":2}})",
             R"({"kind":"num","value":"1"})", R"({"kind":"add","left":1,"right":2})",
             R"({"kind":"add","left":{"kind":"num","value":1}})",
             R"({"kind":"add","left":{"kind":"add"},"right":{"kind":"num","value":2}})"}},
        Case{
            R"({"$ref":"#/$defs/tree","$defs":{"tree":{"oneOf":[{"type":"object","properties":{"left":{"$ref":"#/$defs/tree"},"right":{"$ref":"#/$defs/tree"},"kind":{"const":"add"}},"required":["left","right","kind"]},
                 {"type":"object","properties":{"left":{"$ref":"#/$defs/tree"},"right":{"$ref":"#/$defs/tree"},"kind":{"enum":["mul","div"]}},"required":["left","right","kind"]},
                 {"type":"integer"}]}}})",
            {"1", R"({"left":1,"right":2,"kind":"add"})",
             R"({"left":{"left":1,"right":2,"kind":"div"},"right":3,"kind":"mul"})"},
            {R"({"left":1,"right":2,"kind":"sub"})", R"({"left":1,"kind":"add"})",
             R"({"left":"1","right":2,"kind":"add"})"}},
        Case{
            R"({"oneOf":[{"type":"object","properties":{"of":{"$ref":"#"},"op":{"type":"object","properties":{"name":{"const":"not"}},"required":["name"]}},"required":["of","op"]},
                 {"type":"object","properties":{"of":{"$ref":"#"},"op":{"type":"object","properties":{"name":{"const":"is"}},"required":["name"]}},"required":["of","op"]},
                 {"type":"null"}]})",
            {"null", R"({"of":null,"op":{"name":"not"}})",
             R"({"of":{"of":null,"op":{"name":"is"}},"op":{"name":"not"}})"},
            {R"({"of":null,"op":{"name":"or"}})", R"({"op":{"name":"not"}})", R"({"of":1,"op":{"name":"is"}})"}}));

// A member that can have no value is not begun, nor an alternative that needs one: nobody is led where nothing fits.
TEST(JsonSchema, WhatNothingFitsIsNotBegun) {
  auto made = automaton(R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},
                                     {"type":"object","properties":{"a":{"type":"string"}}}]})");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, "{}"));
  EXPECT_FALSE(Walk(*made).allows("{\""));
  made = automaton(R"({"$ref":"#/$defs/list","$defs":{"list":{"anyOf":[{"type":"null"},
                       {"type":"object","properties":{"next":{"$ref":"#/$defs/endless"}},"required":["next"]}]},
                       "endless":{"type":"array","items":{"$ref":"#/$defs/endless"},"minItems":1}}})");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, "null"));
  EXPECT_FALSE(Walk(*made).allows("{"));
  made = automaton(R"({"type":"integer","minimum":3,"maximum":2})", true);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, "7")) << "leniently anything, rather than nothing";
}

struct Refused {
  const char* schema;
  const char* names;
};

class JsonSchemaRefuses : public testing::TestWithParam<Refused> {};

TEST_P(JsonSchemaRefuses, AndNamesWhatItCannotHold) {
  auto made = automaton(GetParam().schema);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "unsupported_schema");
  EXPECT_EQ(made.error().param, "schema");
  EXPECT_TRUE(made.error().message.contains(GetParam().names)) << made.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, JsonSchemaRefuses,
    testing::Values(Refused{R"({"not":{"type":"string"}})", "'not'"},
                    Refused{R"({"type":"array","uniqueItems":true})", "'uniqueItems'"},
                    Refused{R"({"type":"array","contains":{}})", "'contains'"},
                    Refused{R"({"type":"integer","multipleOf":3})", "'multipleOf'"},
                    Refused{R"({"type":"object","patternProperties":{"a":{}}})", "'patternProperties'"},
                    Refused{R"({"if":{},"then":{}})", "'if'"}, Refused{R"({"type":"strin"})", "'strin'"},
                    Refused{R"r({"type":"string","pattern":"(?=a)"})r", "a look ahead"},
                    Refused{R"r({"type":"string","pattern":"(a)\\1"})r", "a reference to a group"},
                    Refused{R"({"type":"string","pattern":"a","maxLength":3})", "'maxLength'"},
                    Refused{R"({"type":"string","format":"iri"})", "'iri'"},
                    Refused{R"({"$ref":"#"})", "refers to itself"}, Refused{R"({"$ref":"#/$defs/x"})", "'#/$defs/x'"},
                    Refused{R"({"$ref":"other.json"})", "'other.json'"},
                    Refused{R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})", "refers to itself"},
                    Refused{R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", "'oneOf'"},
                    Refused{R"({"properties":{"a":{"properties":{"b":{"magic":1}}}}})", "'/properties/a/properties/b'"},
                    Refused{R"({"allOf":[{"oneOf":[{"type":"integer"},{"type":"number"}]}]})", "'oneOf'"},
                    Refused{R"({"$ref":"#/$defs/a","minimum":1,"$defs":{"a":{"oneOf":[{"minimum":2},{"minimum":3}]}}})",
                            "'oneOf'"},
                    Refused{R"({"oneOf":[{"const":1},{"const":1.0}]})", "'oneOf'"},
                    Refused{R"({"oneOf":[{"const":{"a":1,"b":[2]}},{"const":{"b":[2.0],"a":1}}]})", "'oneOf'"},
                    Refused{R"({"oneOf":[{"type":"object","properties":{"k":{"$ref":"#"}},"required":["k"]},
                                         {"type":"object","properties":{"k":{"$ref":"#"}},"required":["k"]}]})",
                            "'oneOf'"},
                    Refused{R"({"allOf":[{"oneOf":[{"type":"object","properties":{"k":{"$ref":"#"}},"required":["k"]},
                                                   {"type":"object","properties":{"k":{"$ref":"#"}},"required":["k"]}]}]})",
                            "'oneOf'"},
                    Refused{R"({"type":"object","properties":{"a":{"oneOf":[
                                 {"type":"object","properties":{"b":{"oneOf":[{"const":1},{"const":1}]}},"required":["b"]},
                                 {"type":"object","properties":{"b":{"const":2}},"required":["b"]}]}}})",
                            "'oneOf'"},
                    Refused{R"({"allOf":[{"const":1},{"const":2}]})", "'const'"},
                    Refused{R"({"enum":[1,"2"],"const":2})", "allows no value at all"},
                    Refused{R"({"enum":[[1,2]],"const":[2,1]})", "allows no value at all"},
                    Refused{R"(false)", "allows no value at all"},
                    Refused{R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})", "allows no value"},
                    Refused{R"([1])", "an array"}));

// Doubling at each of fifteen levels, and a name as long as a book: refused, not computed.
TEST(JsonSchemaLimits, ASchemaCannotAskForMoreThanAnybodyWants) {
  std::string doubling = R"({"$ref":"#/$defs/a0","$defs":{)";
  for (int i = 0; i < 15; ++i) {
    doubling +=
        std::format(R"("a{}":{{"allOf":[{{"$ref":"#/$defs/a{}"}},{{"$ref":"#/$defs/a{}"}}]}},)", i, i + 1, i + 1);
  }
  doubling += R"("a15":{"type":"integer"}}})";
  auto made = automaton(doubling);
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.contains("combines too many schemas")) << made.error().message;
  std::string name(1'000'000, 'x');
  made = automaton(R"x({"properties":{")x" + name + R"x(":true},"additionalProperties":true})x");
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.contains("256 bytes")) << made.error().message;
}

// What alternatives list is compared value by value, which is counted.
TEST(JsonSchemaLimits, AlternativesThatListManyValues) {
  auto two_lists = [](int values) {
    std::string first, second;
    for (int i = 0; i < values; ++i) {
      first += std::format("{}{}", i == 0 ? "" : ",", i);
      second += std::format("{}\"{}\"", i == 0 ? "" : ",", i);
    }
    return std::format(R"({{"oneOf":[{{"enum":[{}]}},{{"enum":[{}]}}]}})", first, second);
  };
  auto made = automaton(two_lists(400));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, "399"));
  EXPECT_TRUE(accepts(*made, R"("399")"));
  made = automaton(two_lists(2'000));
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.contains("'oneOf' of which two may hold")) << made.error().message;
}

// {"$ref":"#/$defs/d0","$defs":{"d0":…,"d1":…}}, where each definition but the last has `before` and `after` around the
// name of the next.
std::string chain(int links, std::string_view before, std::string_view after, std::string_view last) {
  std::string out = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < links; ++i) out += std::format(R"("d{}":{}#/$defs/d{}{},)", i, before, i + 1, after);
  return out + std::format(R"("d{}":{}}}}})", links, last);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(JsonSchemaDepth, DefinitionsThatBeginWithEachOtherAreRefusedBeyondALimit) {
  auto made = automaton(chain(100, R"({"$ref":")", R"("})", R"({"type":"integer"})"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, "7"));
  EXPECT_FALSE(accepts(*made, R"("7")"));
  for (const char* before : {R"({"$ref":")", R"({"anyOf":[{"type":"null"},{"$ref":")"}) {
    bool several = std::string_view(before).contains("anyOf");
    std::string schema = chain(5'000, before, several ? R"("}]})" : R"("})", R"({"type":"integer"})");
    made = automaton(schema);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, "unsupported_schema");
    EXPECT_TRUE(made.error().message.contains("more than 200 schemas")) << made.error().message;
    made = automaton(schema, true);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(accepts(*made, R"({"a":"7"})")) << "leniently anything from there on";
  }
  made = automaton(chain(5'000, R"({"oneOf":[{"type":"null"},{"$ref":")", R"("}]})", R"({"type":"integer"})"));
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.contains("more than 40 schemas")) << made.error().message;
}

TEST(JsonSchemaDepth, DefinitionsWithinEachOtherAreAsManyAsOneLikes) {
  constexpr std::string_view before = R"({"type":"object","properties":{"n":{"$ref":")", after = R"("}}})";
  auto made = automaton(chain(300, before, after, R"({"type":"integer"})"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, repeated("{\"n\":", 300) + "7" + repeated("}", 300)));
  EXPECT_TRUE(accepts(*made, repeated("{\"n\":", 299) + "{}" + repeated("}", 299)));
  EXPECT_FALSE(accepts(*made, repeated("{\"n\":", 299) + "7" + repeated("}", 299)));
  made = automaton(chain(5'000, before, after, R"({"type":"integer"})"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, R"({"n":{"n":{}}})"));
  EXPECT_FALSE(accepts(*made, R"({"n":7})"));
}

TEST(JsonSchemaDepth, ItemsWithinItems) {
  auto nested = [](int levels) { return repeated(R"({"items":)", levels) + "{}" + repeated("}", levels); };
  auto made = automaton(nested(120));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, repeated("[", 120) + "{}" + repeated("]", 120)));
  EXPECT_FALSE(accepts(*made, repeated("[", 119) + "{}" + repeated("]", 119)));
  made = automaton(nested(5'000));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "invalid_json");
}

// A reference beside another keyword is put together anew at each level: such a tree has no end.
TEST(JsonSchemaDepth, WhatGrowsWithoutEndIsCutOff) {
  constexpr const char* schema = R"({"type":"object","properties":{"a":{"$ref":"#","minProperties":0}}})";
  auto made = automaton(schema);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "unsupported_schema");
  EXPECT_TRUE(made.error().message.contains("more than 200 schemas")) << made.error().message;
  made = automaton(schema, true);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, R"({"a":{"a":{}}})"));
  EXPECT_FALSE(accepts(*made, R"({"a":{"a":1}})"));
}

TEST(JsonSchemaDepth, PartsThatDeclareTheSameMember) {
  auto parts = [](int count) {
    std::string out = R"({"type":"object","allOf":[)";
    for (int i = 0; i < count; ++i) {
      out += std::format(R"({}{{"properties":{{"a":{{"type":"integer","minimum":{}}}}}}})", i == 0 ? "" : ",", i);
    }
    return out + "]}";
  };
  auto made = automaton(parts(300));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, R"({"a":299})"));
  EXPECT_FALSE(accepts(*made, R"({"a":298})"));
  made = automaton(parts(15'000));
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.contains("more than 2000 schemas")) << made.error().message;
}

TEST(JsonSchemaLenient, LeavesOutWhatItCannotHold) {
  auto made = automaton(R"({"type":"object","properties":{"a":{"type":"integer","multipleOf":3},"b":{"format":"iri"}},
                            "required":["a"],"patternProperties":{"x":{}},"magic":1})",
                        true);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(accepts(*made, R"({"a":4,"b":"x"})"));
  EXPECT_FALSE(accepts(*made, R"({"a":"4"})"));
  EXPECT_THAT((*made)->grammar()->left_out(),
              testing::UnorderedElementsAre("schema/properties/a/multipleOf", "schema/properties/b/format",
                                            "schema/patternProperties", "schema/magic"));
  EXPECT_THAT((*automaton(R"({"type":"string","pattern":"^a+$"})", true))->grammar()->left_out(), testing::IsEmpty())
      << "it is held";
  std::string many = R"({"type":"object")";
  for (int i = 0; i < 20; ++i) many += std::format(R"(,"magic{}":1)", i);
  EXPECT_EQ((*automaton(many + "}", true))->grammar()->left_out().size(), 8) << "a client is told, not flooded";
}

// What is too much to be put together may be anything; what is no schema is refused.
TEST(JsonSchemaLenient, WhatPassesALimitMayBeAnything) {
  std::string parts, ways;
  for (int i = 0; i < 3'000; ++i) parts += std::format(R"({}{{"maxItems":{}}})", i == 0 ? "" : ",", i);
  for (int i = 0; i < 300; ++i) ways += std::format(R"({}{{"minItems":{}}})", i == 0 ? "" : ",", i);
  for (const std::string& schema :
       {std::format(R"({{"allOf":[{}]}})", parts), std::format(R"({{"type":"array","anyOf":[{}]}})", ways),
        std::string(R"({"type":"array","allOf":[{"pattern":"a"},{"pattern":"b"}]})"),
        std::string(R"({"$ref":"#","minItems":1})")}) {
    EXPECT_FALSE(automaton(schema)) << schema.substr(0, 60);
    auto made = automaton(schema, true);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(accepts(*made, R"({"a":[7]})")) << schema.substr(0, 60);
    EXPECT_THAT((*made)->grammar()->left_out(), testing::ElementsAre("schema"));
  }
  for (const char* schema :
       {R"({"$ref":"#/$defs/x","minItems":1})", R"({"type":"array","allOf":[]})", R"({"type":"array","allOf":[1]})"}) {
    EXPECT_FALSE(automaton(schema, true)) << schema;
  }
}

}  // namespace
}  // namespace entente::grammar
