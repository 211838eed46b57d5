// The verifier's reader of JSON against the one that the server has.
#include <bit>
#include <cmath>
#include <format>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "audit/forms/canonical_json.hpp"
#include "verifier/entente_verify.hpp"
#include "wire/json.hpp"

namespace entente {
namespace {

std::optional<std::string> canonical(const std::string& text) {
  try {
    return entente_verify::detail::Reader(text).document().canonical;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<std::string> canonical_by_us(const std::string& text) {
  auto json = wire::parse_json(text);
  auto written = json ? audit::canonical_json(*json) : std::unexpected(json.error());
  return written ? std::optional(*written) : std::nullopt;
}

TEST(CanonicalForm, IsTheSameInBothOrInNeither) {
  std::string nested = std::string(63, '[') + "1" + std::string(63, ']');
  using namespace std::string_literals;
  for (const std::string& text : {
           // Numbers.
           "0"s,
           "-0"s,
           "-0.0"s,
           "01"s,
           "1."s,
           ".5"s,
           "+1"s,
           "-"s,
           "1e"s,
           "1e5"s,
           "1E+5"s,
           "1e-7"s,
           "0.000001"s,
           "1e20"s,
           "1e21"s,
           "1e22"s,
           "5e-324"s,
           "1.7976931348623157e308"s,
           "1e400"s,
           "-1e400"s,
           "1e-400"s,
           "-1e-400"s,
           "2.4e-324"s,
           "2.5e-324"s,
           "0." + std::string(400, '0') + "1",
           std::string(400, '1') + "e-10",
           "0." + std::string(400, '0') + "1e5",
           "0." + std::string(100, '0') + "1e500",
           "1e-99999999999999999999"s,
           "1e99999999999999999999"s,
           "0e99999999999999999999"s,
           "NaN"s,
           "9007199254740991"s,
           "-9007199254740991"s,
           "9007199254740992"s,
           "9007199254740993"s,
           "-9007199254740993"s,
           "9007199254740993.0"s,
           "123456789012345678901234567890"s,
           // What holds them.
           "nul"s,
           "nulll"s,
           "true"s,
           "[ ]"s,
           "[1,]"s,
           "[,1]"s,
           "[1 2]"s,
           "{ }"s,
           R"({"a":1,})"s,
           R"({"a" : 1})"s,
           R"({"a",1})"s,
           R"({a:1})"s,
           R"({"b":1,"a":2,"":3})"s,
           R"({"a":1,"a":1})"s,
           R"({"a":1,"\u0061":1})"s,
           R"([{"a":[]},[[]],"x",1.5])"s,
           nested,
           "[" + nested + "]",
           "[[" + nested + "]]",
           std::string(64, '[') + std::string(64, ']'),
           std::string(65, '[') + std::string(65, ']'),
           // Escapes.
           R"("\u0000\u001f\u007f\u00e9\u20aC")"s,
           R"("\ud83d\ude00")"s,
           R"("\ud83d")"s,
           R"("\ude00")"s,
           R"("\ud83dx")"s,
           R"("\ud83d\ud83d")"s,
           R"("\u12g4")"s,
           R"("\u12)"s,
           R"("\/\b\f\n\r\t\"\\")"s,
           R"("\x")"s,
           "\""s,
           "\"\\"s,
           "\"\\\0\""s,
           "\"\0\""s,
           "\"\t\""s,
           "\"\x7f\""s,
           // UTF-8: whole, cut, longer than it need be, half of a pair, beyond the last.
           "\"\xc3\xa9\""s,
           "\"\xc3"s,
           "\"\xc3\""s,
           "\"\x80\""s,
           "\"\xc0\x80\""s,
           "\"\xe0\x9f\xbf\""s,
           "\"\xf0\x8f\xbf\xbf\""s,
           "\"\xed\xa0\x80\""s,
           "\"\xf4\x90\x80\x80\""s,
           "\"\xf5\x80\x80\x80\""s,
           "{\"\xee\x80\x80\":1,\"\xf0\x9f\x98\x80\":2,\"\xed\x9f\xbf\":3,\"a\":4,\"\xef\xbf\xbd\":5}"s,
       })
    EXPECT_EQ(canonical(text), canonical_by_us(text)) << text;
  EXPECT_EQ(canonical("{\"\xee\x80\x80\":1,\"\xf0\x9f\x98\x80\":2}"), "{\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":1}");
}

TEST(CanonicalForm, NumbersAreThoseOfEcmaScript) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    double any = std::bit_cast<double>(random()), plain = static_cast<double>(random() % 1'000'000'000) / 1000;
    for (double value : {any, plain, std::ldexp(1.0, i % 2000 - 1000), std::pow(10.0, i % 60 - 30)}) {
      if (!std::isfinite(value)) continue;
      std::string text = std::format("{:.17e}", value);
      ASSERT_EQ(canonical(text), canonical_by_us(text)) << text;
    }
  }
}

}  // namespace
}  // namespace entente
