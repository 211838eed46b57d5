#include "audit/receipts/lanes.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <span>

#include <gtest/gtest.h>

#include "audit/entries/entry.hpp"
#include "audit/entries/line_kind.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {
namespace {

TEST(Entry, IsReadBackAndInNoOtherForm) {
  Entry entry{.kind = EntryKind::outcome,
              .attempt = "att_1",
              .lane = "lan_\"x\"\n",
              .number = 3,
              .previous = sha256("a"),
              .record = commitment_to(new_salt(), "content"),
              .at = "2026-11-24T10:00:00.000000Z"};
  std::string text = entry_text(entry);
  EXPECT_EQ(*parse_entry(text), entry);
  EXPECT_EQ(kind_of_line(text), LineKind::entry);
  for (const char* other : {"", "{}", R"({"at":"t")", R"({"at":"t","attempts":1})", R"({"at":"t","attempt)"})
    EXPECT_EQ(kind_of_line(other), std::nullopt) << other;
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(parse_entry(text.substr(0, cut)));
  EXPECT_FALSE(parse_entry(" " + text));
  EXPECT_FALSE(parse_entry(text.substr(0, text.size() - 1) + ",\"more\":1}"));
  std::string other = text;
  other.replace(other.find("outcome"), 7, "outcomf");
  EXPECT_FALSE(parse_entry(other));
}

// Lanes as the store writes them.
struct Writing {
  std::map<std::string, std::pair<std::int64_t, Digest>> lanes;
  std::vector<std::string> entries;

  std::string add(EntryKind kind, const std::string& lane, std::int64_t number) {
    Digest& last = lanes[lane].second;
    std::string text = entry_text({.kind = kind,
                                   .attempt = "att_" + lane + std::to_string(number),
                                   .lane = lane,
                                   .number = number,
                                   .previous = last,
                                   .record = {},
                                   .at = "t"});
    last = hash_entry(text);
    entries.push_back(text);
    return text;
  }
  static Result<> check(const std::vector<std::string>& entries) {
    Lanes lanes;
    for (std::size_t i = 0; i < entries.size(); ++i) TRY(lanes.add(i, entries[i]));
    return {};
  }
};

TEST(Lanes, AreWholeOrTheFirstGapIsNamed) {
  Writing writing;
  for (std::int64_t number = 1; number <= 4; ++number) {
    writing.add(EntryKind::intent, "a", number);
    writing.add(EntryKind::intent, "b", number);
    writing.add(EntryKind::outcome, "b", number);
    if (number != 3) writing.add(EntryKind::outcome, "a", number);
  }
  Lanes lanes;
  for (std::size_t i = 0; i < writing.entries.size(); ++i) ASSERT_TRUE(lanes.add(i, writing.entries[i]));
  EXPECT_EQ(lanes.attempts(), 8u);
  EXPECT_EQ(lanes.running(), 1u);
  EXPECT_EQ(lanes.all().at("a").running.begin()->second, "att_a3");

  for (std::size_t i = 0; i < writing.entries.size(); ++i) {
    std::vector<std::string> entries = writing.entries;
    std::string lane = parse_entry(entries[i])->lane;
    bool last_of_lane = true;
    for (std::size_t k = i + 1; k < entries.size(); ++k)
      last_of_lane = last_of_lane && parse_entry(entries[k])->lane != lane;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(Writing::check(entries).has_value(), last_of_lane) << "without entry " << i;
    entries = writing.entries;
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(i), entries[i]);
    EXPECT_FALSE(Writing::check(entries)) << "entry " << i << " twice";
    entries = writing.entries;
    Entry changed = *parse_entry(entries[i]);
    changed.number += 1;
    entries[i] = entry_text(changed);
    EXPECT_FALSE(Writing::check(entries)) << "entry " << i << " renumbered";
  }
}

TEST(Lanes, AreTakenUpInTheMiddleWhereverThatIs) {
  Writing writing;
  for (std::int64_t number = 1; number <= 6; ++number) {
    writing.add(EntryKind::intent, "a", number);
    if (number > 2) writing.add(EntryKind::outcome, "a", number - 2);  // two run at a time
    writing.add(EntryKind::refusal, "b", number);
  }
  const std::vector<std::string>& all = writing.entries;
  auto check = [](std::span<const std::string> entries) -> Result<Lanes> {
    Lanes lanes(Lanes::From::middle);
    for (std::size_t i = 0; i < entries.size(); ++i) TRY(lanes.add(i, entries[i]));
    return lanes;
  };
  for (std::size_t first = 0; first < all.size(); ++first) {
    std::span<const std::string> rest = std::span(all).subspan(first);
    auto whole = check(rest);
    ASSERT_TRUE(whole) << first << ": " << whole.error().message;
    if (first < 5) {
      EXPECT_EQ(whole->running(), 2u) << first;
    }
    // Of what is there, nothing may be left out but a lane's first entry, or its last.
    for (std::size_t out = 1; out + 3 < rest.size(); ++out) {
      std::vector<std::string> fewer(rest.begin(), rest.end());
      auto gone = parse_entry(fewer[out]);
      bool begins = std::ranges::none_of(fewer | std::views::take(out),
                                         [&](const auto& text) { return parse_entry(text)->lane == gone->lane; });
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(out));
      EXPECT_EQ(check(fewer).has_value(), begins) << first << " without " << out;
    }
    std::vector<std::string> twice(rest.begin(), rest.end());
    twice.push_back(twice.back());
    EXPECT_FALSE(check(twice)) << first;
  }
}

}  // namespace
}  // namespace entente::audit
