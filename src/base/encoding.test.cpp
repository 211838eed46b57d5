#include "base/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entente {
namespace {

TEST(Utf8, AcceptsEveryLengthAndFindsTheFirstBadByte) {
  EXPECT_EQ(find_invalid_utf8("a é € 𝄞"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("ab\xFF"), 2u);
  EXPECT_EQ(find_invalid_utf8("\xC0\xAF"), 0u) << "overlong slash";
  EXPECT_EQ(find_invalid_utf8("x\xED\xA0\x80"), 1u) << "surrogate";
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(find_invalid_utf8("ok\xE2\x82"), 2u) << "cut off";
}

TEST(Utf8, KnowsHowManyBytesOfACutCharacterStandAtTheEnd) {
  EXPECT_EQ(incomplete_utf8_tail("abc"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("a\xE2"), 1u);
  EXPECT_EQ(incomplete_utf8_tail("a\xE2\x82"), 2u);
  EXPECT_EQ(incomplete_utf8_tail("a\xE2\x82\xAC"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("\xF0\x9D\x84"), 3u);
  EXPECT_EQ(incomplete_utf8_tail("a\xFF"), 0u) << "malformed is not incomplete";
  EXPECT_EQ(incomplete_utf8_tail(""), 0u);
}

TEST(Utf8, IsShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "abc");
  EXPECT_EQ(shortened("a\u00e9\u00e9", 4), "a\u00e9");
  EXPECT_EQ(shortened("\U0001F600", 3), "");
}

TEST(Text, EncodesTheVectorsOfRfc4648) {
  auto bytes = [](std::string_view text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  EXPECT_EQ(to_base64url(bytes("")), "");
  EXPECT_EQ(to_base64url(bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64url(bytes("\xFB\xFF")), "-_8");
  EXPECT_EQ(to_hex(bytes(std::string_view("\x00\xAF", 2))), "00af");
}

TEST(Base64, IsReadBackWithAndWithoutPadding) {
  auto bytes = [](std::string_view text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  for (std::string_view text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xFF\xFE\xFB"}) {
    std::string encoded = to_base64(bytes(text));
    EXPECT_EQ(encoded.size() % 4, 0u);
    EXPECT_EQ(from_base64(encoded), text);
    EXPECT_EQ(from_base64(std::string_view(encoded).substr(0, encoded.find('='))), text);
  }
  EXPECT_EQ(to_base64(bytes("fo")), "Zm8=");
  for (std::string_view bad : {"Z", "Zm=", "Zm8=Zm8=", "====", "Zm-_", "Zm8 ", "Z==="}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

}  // namespace
}  // namespace entente
