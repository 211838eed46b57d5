// What each dialect's codecs make of a request and of an answer, byte by byte against the files of tests/golden.
#include <set>

#include <gtest/gtest.h>

#include "wire/golden/test_cases.hpp"

namespace entente::wire::golden {
namespace {

class Golden : public testing::TestWithParam<GoldenCase> {};

TEST_P(Golden, IsWhatTheFilesSay) {
  const GoldenCase& one = GetParam();
  auto played = play(one);
  ASSERT_TRUE(played) << played.error().message;
  expect_golden(one.file(".work"), played->trace);
  if (!played->stream.empty()) expect_golden(one.file(".stream"), played->stream);
  expect_golden(one.file(".whole.json"), played->whole);
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(golden_cases()), test_name);

TEST(GoldenFiles, EachDialectHasSomeAndNoneIsLeftOver) {
  std::set<std::filesystem::path> known;
  std::set<std::string_view> spoken;
  for (const GoldenCase& one : golden_cases()) {
    spoken.insert(one.dialect->folder);
    known.insert(one.script());
    for (std::string_view ending : {".request.json", ".work", ".stream", ".whole.json"}) known.insert(one.file(ending));
  }
  for (const Dialect& dialect : dialects()) EXPECT_TRUE(spoken.contains(dialect.folder)) << dialect.folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file() || entry.path().filename() == "README.md") continue;
    EXPECT_TRUE(known.contains(entry.path())) << entry.path() << " belongs to no request";
  }
}

// The comparison itself: it must be able to fail, and point at the place.
TEST(GoldenFiles, TheFirstDifferenceIsTold) {
  EXPECT_EQ(first_difference("a\nb\nc\n", "a\nx\nc\n"), "line 2:\n  golden: b\n  now:    x");
  EXPECT_EQ(first_difference("a\nb\n", "a\n"), "line 2:\n  golden: b\n  now:    ");
  EXPECT_EQ(first_difference("a", "a\n"), "line 1:\n  golden: a\n  now:    a\n  (one of the two ends with it)");
}

TEST(GoldenScript, WhatIsNoEventIsRefused) {
  EXPECT_FALSE(read_script("{\"txet\":\"a\"}\n"));
  EXPECT_FALSE(read_script("{\"finished\":\"well\"}\n"));
  EXPECT_FALSE(read_script("{\"failed\":\"badly\"}\n"));
  auto script = read_script("{\"text\":\"\",\"choice\":1,\"logprobs\":[{\"bytes\":\"e282\",\"logprob\":-1}]}\n");
  ASSERT_TRUE(script) << script.error().message;
  auto& delta = std::get<TextDelta>(script->events.at(0));
  EXPECT_EQ(delta.choice, 1u);
  EXPECT_EQ(delta.logprobs.at(0).chosen.token, "\xE2\x82");
}

}  // namespace
}  // namespace entente::wire::golden
