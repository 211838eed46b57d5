#include "local/text/text_assembler.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace entente::local {
namespace {

struct Seen {
  std::string text;
  std::size_t tokens = 0;
  bool stopped = false;
};

// Feeds `text` in pieces of `size` bytes and checks that nothing shown is ever a split character.
Seen feed(TextAssembler assembler, std::string_view text, std::size_t size) {
  Seen seen;
  auto take = [&](TextAssembler::Piece piece) {
    EXPECT_EQ(find_invalid_utf8(piece.text), std::string::npos);
    seen.text += piece.text;
    seen.tokens += piece.tokens;
    seen.stopped = piece.stopped;
  };
  for (; !text.empty() && !seen.stopped; text.remove_prefix(std::min(size, text.size()))) {
    take(assembler.add(text.substr(0, size)));
  }
  if (!seen.stopped) take(assembler.finish());
  return seen;
}

TEST(TextAssembler, GivesTheSameTextAtEveryFragmentSize) {
  std::string text = "Où ça ? 🌍 日本 — fin.";
  for (std::size_t size : {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 1000}) {
    Seen seen = feed(TextAssembler(), text, size);
    EXPECT_EQ(seen.text, text) << size;
    EXPECT_EQ(seen.tokens, (text.size() + size - 1) / size) << size;
  }
}

TEST(TextAssembler, StopsBeforeTheFirstStopSequenceAtEveryFragmentSize) {
  for (std::size_t size : {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 1000}) {
    Seen seen = feed(TextAssembler({"END", "\n\nUser:"}), "one EN two\n\nUse three\n\nUser: END", size);
    EXPECT_EQ(seen.text, "one EN two\n\nUse three") << size;
    EXPECT_TRUE(seen.stopped) << size;
  }
}

TEST(TextAssembler, HoldsBackOnlyWhatCouldBecomeAStop) {
  TextAssembler assembler({"STOP"});
  EXPECT_EQ(assembler.add("aST").text, "a");
  EXPECT_EQ(assembler.add("x").text, "STx");
  EXPECT_EQ(assembler.add("S").text, "");
  EXPECT_EQ(assembler.finish().text, "S") << "an answer may end with the beginning of a stop";
}

TEST(TextAssembler, AStopInsideOneTokenCutsIt) {
  TextAssembler assembler({"b"});
  auto piece = assembler.add("abc");
  EXPECT_EQ(piece.text, "a");
  EXPECT_EQ(piece.tokens, 1u);
  EXPECT_TRUE(piece.stopped);
}

TEST(TextAssembler, TokensBehindAStopAreNotTold) {
  TextAssembler assembler({"ab"});
  EXPECT_EQ(assembler.add("x").tokens, 1u);
  EXPECT_EQ(assembler.add("a").tokens, 0u);
  auto piece = assembler.add("b");
  EXPECT_TRUE(piece.stopped);
  EXPECT_EQ(piece.tokens, 0u) << "their text was the stop itself";
}

TEST(TextAssembler, BytesThatAreNoTextBecomeTheReplacementCharacter) {
  EXPECT_EQ(feed(TextAssembler(), "a\xFF\xC3z", 1).text, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(feed(TextAssembler(), "a\xF0\x9F", 1).text, "a") << "a character cut by the token limit";
}

TEST(TextAssembler, ATokenWithoutTextIsToldWithTheNextText) {
  TextAssembler assembler;
  EXPECT_EQ(assembler.add("").tokens, 0u);
  EXPECT_EQ(assembler.add("a").tokens, 2u);
  EXPECT_EQ(assembler.add("").tokens, 0u);
  EXPECT_EQ(assembler.finish().tokens, 1u);
}

}  // namespace
}  // namespace entente::local
