#include "wire/sse_reader.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events read(std::string_view text, std::size_t fragment) {
  SseReader reader;
  Events out;
  for (; !text.empty(); text.remove_prefix(std::min(fragment, text.size()))) {
    reader.feed(text.substr(0, fragment));
    while (true) {
      auto event = reader.next();
      if (!event || !*event) break;
      out.emplace_back((*event)->name, (*event)->data);
    }
  }
  return out;
}

constexpr std::size_t fragments[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 10'000};

TEST(SseReader, ReadsWhatTheStandardSaysHoweverItIsCut) {
  std::string text =
      "\xEF\xBB\xBF: a comment\r\n\r\ndata: one\n\nevent: named\r\ndata:two\r\ndata: lines\r\n\r\ndata\rdata\r\r"
      "id: 7\nretry: 5\nwrong\ndata:  x\n\nevent: lost\n\ndata: \xC3\xA9\n\n: end\n\ndata: not ended\n";
  Events expected = {{"", "one"}, {"named", "two\nlines"}, {"", "\n"}, {"", " x"}, {"", "\xC3\xA9"}};
  for (std::size_t fragment : fragments) EXPECT_EQ(read(text, fragment), expected) << fragment;
}

TEST(SseReader, AnEventWithoutItsEmptyLineIsNone) {
  EXPECT_TRUE(read("data: x", 100).empty());
  EXPECT_TRUE(read("data: x\n", 100).empty());
}

TEST(SseReader, ALineAndAnEventThatNeverEndAreRefused) {
  for (const std::string& text :
       {std::string(300, 'x'), "data: " + std::string(90, 'x') + "\ndata: " + std::string(90, 'y') + "\n"}) {
    SseReader reader(128);
    reader.feed(text);
    auto event = reader.next();
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().reason, "bad_reply");
  }
}

}  // namespace
}  // namespace entente::wire
