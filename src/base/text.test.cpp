// Log lines, error names, ids, times and suggestions: the small texts of base/.
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/suggest.hpp"

namespace entente {
namespace {

TEST(Log, JsonEscapesWhatWouldBreakALineOrATerminal) {
  EXPECT_EQ(log::format_json(log::Level::info, "T", "Said \"hi\"\n", {{"path", "a\x1b[2J"}, {"n", 3}, {"ok", true}}),
            R"({"time":"T","level":"info","message":"Said \"hi\"\n","path":"a\u001b[2J","n":3,"ok":true})");
}

TEST(Log, MalformedUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(log::format_json(log::Level::info, "T", "m", {{"v", std::string("a\xFFz")}}),
            "{\"time\":\"T\",\"level\":\"info\",\"message\":\"m\",\"v\":\"a\xEF\xBF\xBDz\"}");
}

TEST(Log, ThePersonsFormQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(
      log::format_human(log::Level::warning, "2026-11-23T08:13:59.123456Z", "Slow.", {{"a", "x"}, {"b", "x y"}}, false),
      "08:13:59.123 warning Slow. a=x b=\"x y\"");
}

TEST(ErrorCode, IsFoundAgainByItsNameAndByNothingElse) {
  for (auto code : {ErrorCode::invalid_request, ErrorCode::rate_limited, ErrorCode::internal}) {
    EXPECT_EQ(to_error_code(to_string(code)), code);
  }
  EXPECT_EQ(to_error_code(""), std::nullopt);
  EXPECT_EQ(to_error_code("internal "), std::nullopt);
}

TEST(Id, SortsByTheTimeItWasMade) {
  Instant early{std::chrono::milliseconds(1'000'000)}, late{std::chrono::milliseconds(1'000'001)};
  std::string a = make_id("req", early), b = make_id("req", late);
  EXPECT_LT(a, b);
  EXPECT_EQ(a.size(), 4u + 26u);
  EXPECT_NE(a, make_id("req", early));
  EXPECT_EQ(a.substr(0, 4), "req_");
}

TEST(Suggest, ComparesNothingWithANameOfMegabytes) {
  std::vector<std::string> candidates(2000, std::string(200, 'a'));  // would take hours
  EXPECT_EQ(nearest_name(std::string(8'000'000, 'a'), candidates), "");
}

TEST(Suggest, FindsASlipAndNothingFartherAway) {
  const std::string names[] = {"listen", "providers", "deployments"};
  EXPECT_EQ(nearest_name("lisetn", names), "listen");
  EXPECT_EQ(nearest_name("provider", names), "providers");
  EXPECT_EQ(nearest_name("colour", names), "");
}

}  // namespace
}  // namespace entente
