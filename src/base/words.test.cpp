// What looks at eight bytes at a time says the same as what looks at one.
#include <format>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_text.hpp"

namespace entente {
namespace {

std::string slow_json(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto c = static_cast<unsigned char>(text[0]);
    std::size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (c >= 0x80 && (size > text.size() || find_invalid_utf8(text.substr(0, size)) != std::string_view::npos)) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    constexpr std::string_view escaped = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    if (auto at = escaped.find(text[0]); at != std::string_view::npos) {
      out += std::string("\\") + letters[at];
    } else if (c < 0x20) {
      out += std::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out + '"';
}

TEST(JsonText, IsTheSameWhereverWhatIsSpecialStands) {
  for (std::string special :
       {"\"", "\\", "\n", "\x01", "\x1f", "\x7f", "\x80", "\xff", "é", "€", "😀", "\xC3", "\xF0\x9F\x98"}) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (std::size_t behind = 0; behind < 20; ++behind) {
        std::string text = std::string(before, 'a') + special + std::string(behind, 'b'), out;
        append_json_string(out, text);
        ASSERT_EQ(out, slow_json(text)) << before << ' ' << behind;
      }
    }
  }
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, ' '), out;
    for (char& c : text) c = static_cast<char>(random() % 4 == 0 ? random() % 256 : 'a' + random() % 26);
    append_json_string(out, text);
    ASSERT_EQ(out, slow_json(text));
  }
}

TEST(Rfc3339, IsWhatTheLibraryWrites) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    Instant instant{std::chrono::microseconds(static_cast<std::int64_t>(random() % 8'000'000'000'000'000ULL) -
                                              2'000'000'000'000'000)};
    ASSERT_EQ(to_rfc3339(instant), std::format("{:%FT%T}Z", instant));
    auto day = std::chrono::floor<std::chrono::days>(instant);
    ASSERT_EQ(parse_date(to_rfc3339(instant).substr(0, 10)), std::chrono::year_month_day(day));
  }
}

TEST(Date, IsOneOfTheCalendarAndWrittenWhole) {
  for (const char* wrong : {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-10-01", "2026-10-01T",
                            "2026/10/01", "+026-10-01", "-026-10-01", "2026-+1-01", "2026-10- 1", "2026-10-0x"})
    EXPECT_FALSE(parse_date(wrong)) << wrong;
  EXPECT_EQ(parse_date("2024-02-29"), std::chrono::year(2024) / 2 / 29);
}

}  // namespace
}  // namespace entente
