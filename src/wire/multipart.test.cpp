#include "wire/multipart.hpp"

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

constexpr std::string_view type = "multipart/form-data; boundary=XX";

TEST(Multipart, PartsHaveNamesAndContents) {
  auto parts = parse_multipart("Multipart/Form-Data; boundary=\"XX\"",
                               "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                               "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a;\\\"b.jsonl\"\r\n"
                               "Content-Type: application/octet-stream\r\n\r\n{}\r\n--X\r\n\r\n\r\n--XX\r\n"
                               "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\n");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].name, "purpose");
  EXPECT_EQ((*parts)[0].content, "batch");
  EXPECT_EQ((*parts)[0].filename, "");
  EXPECT_EQ((*parts)[1].filename, "a;\"b.jsonl");
  EXPECT_EQ((*parts)[1].content, "{}\r\n--X\r\n\r\n");
  EXPECT_EQ((*parts)[2].name, "empty");
  EXPECT_EQ((*parts)[2].content, "");
}

TEST(Multipart, WhatIsBrokenIsSaid) {
  std::string_view part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb";
  for (std::string body : {std::string(), std::string("--YY--"), std::string(part), std::string(part) + "\r\n--XX",
                           std::string("--XX\r\n\r\nb\r\n--XX--"), std::string("--XXa")}) {
    EXPECT_FALSE(parse_multipart(type, body)) << body;
  }
  EXPECT_FALSE(parse_multipart("application/json", "{}"));
  EXPECT_FALSE(parse_multipart("multipart/form-data", "--\r\n"));
  EXPECT_TRUE(parse_multipart(type, "--XX--"));
}

// However a body is cut, nothing is read beyond its end, and the whole is the only one that is taken.
TEST(Multipart, EveryCutIsRefused) {
  std::string whole = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--XX--";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_multipart(type, whole.substr(0, size))) << size;
  EXPECT_TRUE(parse_multipart(type, whole));
}

}  // namespace
}  // namespace entente::wire
