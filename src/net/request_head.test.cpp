#include "net/request_head.hpp"

#include <gtest/gtest.h>

namespace entente::net {
namespace {

struct Head {
  const char* name;
  std::string text;  // without the empty line at the end
};

void PrintTo(const Head& head, std::ostream* out) { *out << head.name; }
std::string name_of(const testing::TestParamInfo<Head>& info) { return info.param.name; }

class GoodHead : public testing::TestWithParam<Head> {};
class BadHead : public testing::TestWithParam<Head> {};

TEST_P(GoodHead, Passes) {
  auto checked = check_head(GetParam().text + "\r\n\r\n");
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_P(BadHead, IsRefusedWithASentence) {
  auto checked = check_head(GetParam().text + "\r\n\r\n");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(checked.error().reason, "bad_request");
  EXPECT_TRUE(checked.error().message.ends_with('.')) << checked.error().message;
}

#define GET "GET / HTTP/1.1\r\nHost: a"
#define POST "POST / HTTP/1.1\r\nHost: a"

INSTANTIATE_TEST_SUITE_P(Table, GoodHead,
                         testing::Values(Head{"Plain", GET}, Head{"OldWithoutHost", "GET / HTTP/1.0"},
                                         Head{"EmptyHost", "GET / HTTP/1.1\r\nHost:"}, Head{"EmptyValue", GET "\r\nX:"},
                                         Head{"TabAroundAValue", GET "\r\nX:\t1\t"},
                                         Head{"BytesAbove127InAValue", GET "\r\nX: caf\xC3\xA9"},
                                         Head{"Length", POST "\r\nContent-Length: 5"},
                                         Head{"LengthInOddCase", POST "\r\ncOnTeNt-LeNgTh: 5"},
                                         Head{"Chunked", POST "\r\nTransfer-Encoding: chunked"},
                                         Head{"ChunkedInOddCase", POST "\r\ntransfer-encoding: CHUNKED"},
                                         Head{"SameHeaderTwice", GET "\r\nX: 1\r\nX: 2"},
                                         Head{"EveryTokenCharacter", GET "\r\n!#$%&'*+-.^_`|~09azAZ: 1"}),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    Table, BadHead,
    testing::Values(
        Head{"NoVersion", "GET /"}, Head{"Http2", "GET / HTTP/2.0\r\nHost: a"},
        Head{"Version19", "GET / HTTP/1.9\r\nHost: a"}, Head{"LowerCaseVersion", "GET / http/1.1\r\nHost: a"},
        Head{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a"}, Head{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a"},
        Head{"NoHost", "GET / HTTP/1.1"}, Head{"TwoHosts", GET "\r\nHost: b"}, Head{"TwoEqualHosts", GET "\r\nHost: a"},
        Head{"BothLengths", POST "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"},
        Head{"BothLengthsTheOtherWayRound", POST "\r\nTransfer-Encoding: chunked\r\nContent-Length: 5"},
        Head{"TwoDifferentLengths", POST "\r\nContent-Length: 5\r\nContent-Length: 6"},
        Head{"TwoEqualLengths", POST "\r\nContent-Length: 5\r\nContent-Length: 5"},
        Head{"ListOfLengths", POST "\r\nContent-Length: 5, 5"}, Head{"NegativeLength", POST "\r\nContent-Length: -1"},
        Head{"SignedLength", POST "\r\nContent-Length: +5"}, Head{"HexadecimalLength", POST "\r\nContent-Length: 0x5"},
        Head{"EmptyLength", POST "\r\nContent-Length:"},
        Head{"LengthBeyond64Bits", POST "\r\nContent-Length: 99999999999999999999"},
        Head{"LengthWithSpaceInside", POST "\r\nContent-Length: 5 5"}, Head{"Gzip", POST "\r\nTransfer-Encoding: gzip"},
        Head{"GzipThenChunked", POST "\r\nTransfer-Encoding: gzip, chunked"},
        Head{"ChunkedTwice", POST "\r\nTransfer-Encoding: chunked, chunked"},
        Head{"ChunkedInTwoHeaders", POST "\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"},
        Head{"ChunkedWithVerticalTab", POST "\r\nTransfer-Encoding: \vchunked"},
        Head{"ChunkedInQuotes", POST "\r\nTransfer-Encoding: \"chunked\""},
        Head{"NothingAsCoding", POST "\r\nTransfer-Encoding:"},
        Head{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked"},
        Head{"SpaceBeforeColon", POST "\r\nContent-Length : 5"}, Head{"TabBeforeColon", POST "\r\nContent-Length\t: 5"},
        Head{"FoldedLine", GET "\r\nX: 1\r\n 2"}, Head{"FoldedWithTab", GET "\r\nX: 1\r\n\t2"},
        Head{"FirstHeaderFolded", "GET / HTTP/1.1\r\n Host: a"}, Head{"NoColon", GET "\r\nNonsense"},
        Head{"NoName", GET "\r\n: 1"}, Head{"BareLineFeed", GET "\r\nX: 1\nTransfer-Encoding: chunked"},
        Head{"BareCarriageReturn", GET "\r\nX: 1\rTransfer-Encoding: chunked"},
        Head{"NulInValue", std::string(GET "\r\nX: a") + '\0' + "b"},
        Head{"DeleteInValue", GET "\r\nX: a\x7F"
                                  "b"},
        Head{"BracketInName", GET "\r\nX(y): 1"}, Head{"ByteAbove127InName", GET "\r\nX\xC3\xA9: 1"},
        Head{"Nothing", ""}),
    name_of);

struct Target {
  std::string_view sent, base_path;
  std::string_view path, query;
};

TEST(Target, IsSplitAndDecoded) {
  const Target rows[] = {
      {"/", "", "/", ""},
      {"/v1/models", "", "/v1/models", ""},
      {"/v1/models?limit=1&a=%20", "", "/v1/models", "limit=1&a=%20"},
      {"/v1/models/smollm2%3A135m", "", "/v1/models/smollm2:135m", ""},
      {"/caf%C3%A9", "", "/café", ""},
      {"/a%2Fb", "", "/a/b", ""},
      {"/a%41", "", "/aA", ""},
      {"/?", "", "/", ""},
      {"/?a?b", "", "/", "a?b"},
      {"http://other.example/v1/models", "", "/v1/models", ""},
      {"http://other.example", "", "/", ""},
      {"/entente/v1/models", "/entente", "/v1/models", ""},
      {"/entente", "/entente", "/", ""},
      {"/entente/", "/entente", "/", ""},
      {"/entente?a=1", "/entente", "/", "a=1"},
  };
  for (const Target& row : rows) {
    Request request{.method = "GET"};
    auto set = set_target(request, row.sent, row.base_path);
    ASSERT_TRUE(set) << row.sent << ": " << set.error().message;
    EXPECT_EQ(request.path, row.path) << row.sent;
    EXPECT_EQ(request.query, row.query) << row.sent;
  }
}

TEST(Target, ThatCannotBeReadIsRefused) {
  for (std::string_view sent :
       {"v1/models", "*", "/%", "/%4", "/%4g", "/%%", "/%FF", "/%00", "/%C3", "example.org:443", ""}) {
    Request request{.method = "GET"};
    auto set = set_target(request, sent, "");
    ASSERT_FALSE(set) << sent;
    EXPECT_EQ(set.error().code, ErrorCode::invalid_request) << sent;
  }
}

TEST(Target, ThatIsTheBasePathWithoutItsSlashSaysSo) {
  for (auto [sent, folder] :
       {std::pair{"/entente", "/entente/"}, {"/entente?a=1", "/entente/"}, {"/entente/", ""}, {"/entente/v1", ""}}) {
    Request request{.method = "GET"};
    ASSERT_TRUE(set_target(request, sent, "/entente"));
    EXPECT_EQ(request.folder, folder) << sent;
  }
}

TEST(Target, OutsideTheBasePathIsNotFound) {
  for (std::string_view sent : {"/", "/v1/models", "/ententex", "/ententev1/models", "/other/entente"}) {
    Request request{.method = "GET"};
    auto set = set_target(request, sent, "/entente");
    ASSERT_FALSE(set) << sent;
    EXPECT_EQ(set.error().code, ErrorCode::not_found) << sent;
    EXPECT_EQ(set.error().message, "This server lives under /entente/.");
  }
}

TEST(Target, AnAsteriskIsForOptionsOnly) {
  Request request{.method = "OPTIONS"};
  ASSERT_TRUE(set_target(request, "*", ""));
  EXPECT_EQ(request.path, "/");
}

TEST(Query, ValuesAreDecodedAndFoundByTheirNames) {
  Request request{.query = "model=smollm2%3A135m&empty=&model=second&a+b=c+d&bad=%4&amodel=x"};
  EXPECT_EQ(request.query_value("model"), "smollm2:135m");
  EXPECT_EQ(request.query_value("a+b"), "c d");
  for (std::string_view name : {"empty", "bad", "missing", "odel", ""})
    EXPECT_EQ(request.query_value(name), "") << name;
  EXPECT_EQ(Request{}.query_value("model"), "");
}

}  // namespace
}  // namespace entente::net
