#include "wire/json.hpp"

#include <gtest/gtest.h>

#include "wire/json_writer.hpp"

namespace entente::wire {
namespace {

std::string reason(std::string_view text) {
  auto parsed = parse_json(text);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(Json, RefusesWhatManyParsersSwallow) {
  EXPECT_EQ(reason(R"({"a":1,"b":{"c":1,"c":2}})"), "The key \"c\" appears twice in one object. Send it once.");
  EXPECT_NE(reason(R"({"a":1} x)"), "accepted");
  EXPECT_NE(reason(R"({"a":1}{"a":2})"), "accepted");
  EXPECT_NE(reason(R"({"a":1,})"), "accepted");
  EXPECT_NE(reason(R"({"a":01})"), "accepted");
  EXPECT_NE(reason(R"({'a':1})"), "accepted");
  EXPECT_NE(reason("{\"a\":NaN}"), "accepted");
  EXPECT_EQ(reason("{\"a\":\"\xFF\"}"), "The body is not valid UTF-8. Encode it as UTF-8 and send it again.");
  EXPECT_EQ(reason(""), "The body is empty. Send a JSON object.");
  EXPECT_EQ(reason(R"({"a":123456789012345678901234567890})"),
            "A number in the body is too large for any number type.");
}

TEST(Json, NestingStopsAtTheLimitAndNotBefore) {
  EXPECT_TRUE(parse_json(std::string(63, '[') + std::string(63, ']')));
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(Json, FindsADuplicateAmongThousandsOfKeys) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse_json(text + "\"z\":0}"));
  EXPECT_FALSE(parse_json(text + "\"k77\":0}"));
}

TEST(Json, KeepsIntegersExactAndKeyOrder) {
  auto parsed = parse_json(R"({"b":9007199254740993,"a":-1,"c":18446744073709551615,"d":1.5})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->find("b")->as<std::int64_t>(), 9007199254740993);
  EXPECT_EQ(*parsed->find("c")->as<std::uint64_t>(), 18446744073709551615ULL);
  EXPECT_EQ(parsed->as<Json::Object>()->front().first, "b");
}

TEST(JsonWriter, AWholeNumberBeyondEveryIntegerReadsBack) {
  for (double value : {-9223372036922337203.0, 18446744073709551616.0, 1e300, 9007199254740993.0}) {
    std::string out;
    JsonWriter(out).number(value);
    auto json = parse_json(out);
    ASSERT_TRUE(json) << out;
    ASSERT_TRUE(json->as<double>()) << out;
    EXPECT_EQ(*json->as<double>(), value);
  }
}

TEST(JsonWriter, WhatItWritesReadsBack) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .key("a")
      .begin_array()
      .number(0.1)
      .number(std::int64_t{-5})
      .begin_object()
      .end_object()
      .end_array();
  json.key("q\"").string("x\n\x01").key("n").number(1.0 / 0.0).key("t").boolean(true).end_object();
  EXPECT_EQ(out, R"({"a":[0.1,-5,{}],"q\"":"x\n\u0001","n":null,"t":true})");
  EXPECT_TRUE(parse_json(out));
}

TEST(Json, BeginsWithNoByteOrderMark) {
  auto marked = parse_json("\xef\xbb\xbf{}");
  ASSERT_FALSE(marked);
  EXPECT_TRUE(marked.error().message.contains("byte order mark"));
  EXPECT_TRUE(parse_json("\"\xef\xbb\xbf\"")) << "within a text it is a character";
}

}  // namespace
}  // namespace entente::wire
