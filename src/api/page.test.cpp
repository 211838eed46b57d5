#include "api/page.hpp"

#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entente::api {
namespace {

using ::testing::HasSubstr;

constexpr unsigned char plain[] = {'p', 'l', 'a', 'i', 'n'}, gzip[] = {'g', 'z'}, brotli[] = {'b'};
const PageFile script{.path = "assets/a-1.js",
                      .type = "text/javascript; charset=utf-8",
                      .hash = "c0ffee",
                      .hashed_name = true,
                      .plain = plain,
                      .gzip = gzip,
                      .brotli = brotli};
const PageFile picture{.path = "icon.png",
                       .type = "image/png",
                       .hash = "f00d",
                       .hashed_name = false,
                       .plain = plain,
                       .gzip = {},
                       .brotli = {}};

net::Request asking(std::string_view name = {}, std::string_view value = {}) {
  net::Request request{.method = "GET", .path = "/"};
  if (!name.empty()) request.headers.add(std::string(name), std::string(value));
  return request;
}

TEST(Page, TheSmallestCodingThatTheClientTakesIsSent) {
  const std::pair<std::string_view, Coding> rows[] = {
      {"", Coding::identity},
      {"gzip", Coding::gzip},
      {"gzip, deflate, br, zstd", Coding::brotli},
      {"BR;q=0.1, gzip;q=1", Coding::brotli},
      {"br;q=0, gzip", Coding::gzip},
      {"br; q=0.000 ,\tGZIP", Coding::gzip},
      {"*", Coding::brotli},
      {"br;q=0, *;q=0.5", Coding::gzip},
      {"*;q=0", Coding::identity},
      {"identity;q=0", Coding::identity},
      {"brotli, xgzip, gzipx", Coding::identity},
      {",;,;q=0,q=0;", Coding::identity},
  };
  for (auto [accept, coding] : rows) EXPECT_EQ(choose_coding(accept, script), coding) << accept;
  EXPECT_EQ(choose_coding("br, gzip", picture), Coding::identity) << "it has no smaller form";
}

TEST(Page, EachFormHasItsOwnTagAndSaysWhatItDependsOn) {
  net::Response whole = page_response(script, asking()),
                packed = page_response(script, asking("Accept-Encoding", "br"));
  EXPECT_EQ(whole.body, "plain");
  EXPECT_EQ(whole.headers.get("etag"), "\"c0ffee\"");
  EXPECT_FALSE(whole.headers.contains("content-encoding"));
  EXPECT_EQ(packed.body, "b");
  EXPECT_EQ(packed.headers.get("etag"), "\"c0ffee-br\"");
  EXPECT_EQ(packed.headers.get("content-encoding"), "br");
  for (const auto& response : {whole, packed}) EXPECT_EQ(response.headers.get("vary"), "Accept-Encoding");
}

TEST(Page, AKnownTagIsAnsweredWithoutABody) {
  for (auto tags : {"\"c0ffee\"", "W/\"c0ffee\"", "\"x\", \"c0ffee\"", "*"}) {
    net::Response response = page_response(script, asking("If-None-Match", tags));
    EXPECT_EQ(response.status, 304u) << tags;
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(response.headers.get("etag"), "\"c0ffee\"");
  }
  for (auto tags : {"\"c0ffee-br\"", "c0ffee", "\"c0ffe\"", ""}) {
    EXPECT_EQ(page_response(script, asking("If-None-Match", tags)).status, 200u) << tags;
  }
}

TEST(Page, TheBasePathWithoutItsSlashLeadsToTheFolder) {
  net::Request request{.method = "GET", .path = "/", .query = "a=1", .folder = "/entente/"};
  net::Response response = to_folder(request);
  EXPECT_EQ(response.status, 308u);
  EXPECT_EQ(response.headers.get("location"), "/entente/?a=1");
}

TEST(Page, OnlyAHashedNameIsKeptWithoutAsking) {
  EXPECT_EQ(page_response(script, asking()).headers.get("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(page_response(picture, asking()).headers.get("cache-control"), "no-cache");
}

TEST(Page, TheFilesInTheBinaryAreWhole) {
  const PageFile* index = find_page_file(page_files(), "");
  ASSERT_TRUE(index);
  EXPECT_EQ(index->path, "index.html");
  EXPECT_FALSE(index->hashed_name);
  std::string html(index->plain.begin(), index->plain.end());
  std::regex reference("(?:src|href)=\"([^\"]*)\"");
  int references = 0;
  for (std::sregex_iterator at(html.begin(), html.end(), reference), end; at != end; ++at, ++references) {
    std::string address = (*at)[1];
    ASSERT_TRUE(address.starts_with("./")) << address << " would not work under a base path";
    EXPECT_TRUE(find_page_file(page_files(), std::string_view(address).substr(2))) << address;
  }
  EXPECT_GE(references, 3);
  EXPECT_FALSE(find_page_file(page_files(), "assets/../index.html"));
}

// What the first paint needs, as sent to today's browsers.
TEST(Page, TheFirstPaintIsSmall) {
  const PageFile* index = find_page_file(page_files(), "");
  ASSERT_TRUE(index);
  std::string html(index->plain.begin(), index->plain.end());
  std::size_t gzip_bytes = 0, brotli_bytes = 0;
  for (const PageFile& file : page_files()) {
    if (&file != index && !html.contains(file.path)) continue;
    gzip_bytes += file.gzip.empty() ? file.plain.size() : file.gzip.size();
    brotli_bytes += file.brotli.empty() ? file.plain.size() : file.brotli.size();
  }
  EXPECT_LE(gzip_bytes, 100'000u);
  EXPECT_LE(brotli_bytes, 100'000u);
}

TEST(Page, NothingInTheIndexNeedsALooserPolicy) {
  const PageFile* index = find_page_file(page_files(), "");
  ASSERT_TRUE(index);
  std::string html(index->plain.begin(), index->plain.end());
  EXPECT_FALSE(std::regex_search(html, std::regex("<script[^>]*>[^<]|<style|style=|\\son\\w+=|https?://")));
  std::string policy(page_response(*index, asking()).headers.get("content-security-policy"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_FALSE(policy.contains("unsafe"));
}

}  // namespace
}  // namespace entente::api
