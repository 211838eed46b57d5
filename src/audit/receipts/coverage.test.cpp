#include "audit/receipts/coverage.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "audit/tree/merkle.hpp"

namespace entente::audit {
namespace {

// Two lanes over two days; the second is another tenant's. Entries 0 to 5, then the head of the first day, and an
// erasure.
struct Log {
  std::vector<std::string> entries;
  std::map<std::string, LaneEnd> ends;

  void add(EntryKind kind, std::string lane, std::int64_t number, std::string at) {
    LaneEnd& end = ends[lane];
    end.lane = lane;
    end.numbers = std::max(end.numbers, number);
    entries.push_back(entry_text({.kind = kind,
                                  .attempt = "att_" + lane + std::to_string(number),
                                  .lane = std::move(lane),
                                  .number = number,
                                  .previous = end.last,
                                  .record = {},
                                  .at = std::move(at)}));
    end.last = hash_entry(entries.back());
  }
  ReadEntry reader() const {
    return [this](std::uint64_t index) -> Result<std::string> { return entries.at(index); };
  }
  HeldEntry held(HeldKind kind, std::int64_t index) const {
    return {.kind = kind,
            .entry = {.index = index, .entry = entries[static_cast<std::size_t>(index)], .record = {}, .proof = {}},
            .checkpoint = {}};
  }
  DayRecord head() const { return {.day = "2026-11-26", .tenant = "ten_1", .lanes = {ends.at("lan_a")}}; }
};

constexpr std::int64_t head_at = 6, erasure_at = 7;

Log two_days() {
  Log log;
  log.add(EntryKind::intent, "lan_a", 1, "2026-11-26T10:00:00.000000Z");
  log.add(EntryKind::outcome, "lan_a", 1, "2026-11-26T10:00:01.000000Z");
  log.add(EntryKind::intent, "lan_b", 1, "2026-11-26T11:00:00.000000Z");
  log.add(EntryKind::refusal, "lan_a", 2, "2026-11-26T12:00:00.000000Z");
  log.add(EntryKind::intent, "lan_a", 3, "2026-11-26T23:59:59.000000Z");
  log.add(EntryKind::outcome, "lan_a", 3, "2026-11-27T00:00:01.000000Z");
  log.entries.push_back(day_head_text({.day = "2026-11-26", .record = {}, .at = "2026-11-27T00:00:02.000000Z"}));
  log.entries.push_back(erasure_text({.erased = 1, .record = {}, .at = "2026-11-27T01:00:00.000000Z"}));
  return log;
}

Receipt receipt_of(const Log& log, std::int64_t intent, std::optional<std::int64_t> outcome) {
  auto entry = [&](std::int64_t index) {
    return ReceiptEntry{
        .index = index, .entry = log.entries[static_cast<std::size_t>(index)], .record = {}, .proof = {}};
  };
  Receipt receipt{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
  receipt.attempts.push_back({.intent = entry(intent), .outcome = {}});
  if (outcome) receipt.attempts.back().outcome = entry(*outcome);
  return receipt;
}

ErasureRecord erasure_of(std::int64_t index, std::string tenant = "ten_1") {
  return {.entries = {{.first = index, .last = index}}, .ground = "g", .tenant = std::move(tenant)};
}

// All that an export of the first day has.
Coverage whole(const Log& log) {
  Coverage coverage;
  coverage.add_head(log.held(HeldKind::head, head_at), log.head());
  coverage.add(receipt_of(log, 0, 1));
  coverage.add(receipt_of(log, 4, 5));
  coverage.add_erasure(log.held(HeldKind::erasure, erasure_at), erasure_of(3));
  return coverage;
}

CoverageVerdict judge(const Coverage& coverage, const Log& log, std::string_view last = "2026-11-26") {
  auto verdict = coverage.judge(log.reader(), log.entries.size(), "2026-11-26", last);
  EXPECT_TRUE(verdict) << verdict.error().message;
  return verdict.value_or(CoverageVerdict{});
}

using Sentences = std::vector<std::string>;

TEST(Coverage, OfAWholeExportEveryEntryIsHereOrErased) {
  Log log = two_days();
  CoverageVerdict verdict = judge(whole(log), log);
  EXPECT_EQ(verdict.intact, 3u) << "the other tenant's lane and the next day are not asked for";
  EXPECT_EQ(verdict.erased, 1u);
  EXPECT_EQ(verdict.missing, Sentences());
  EXPECT_EQ(verdict.wrong, Sentences());
  EXPECT_EQ(verdict.headless, Sentences());
}

TEST(Coverage, WhatIsNeitherIsMissing) {
  Log log = two_days();
  Coverage coverage;
  coverage.add_head(log.held(HeldKind::head, head_at), log.head());
  coverage.add(receipt_of(log, 0, std::nullopt));  // its outcome is left out
  coverage.add_erasure(log.held(HeldKind::erasure, erasure_at), erasure_of(3));
  CoverageVerdict verdict = judge(coverage, log);
  EXPECT_EQ(verdict.intact, 1u);
  ASSERT_EQ(verdict.missing.size(), 2u);
  EXPECT_TRUE(verdict.missing[0].starts_with("entry 1, outcome of number 1")) << verdict.missing[0];
  EXPECT_EQ(verdict.missing[1],
            "entry 4, intent of number 3 in the lane lan_a, 2026-11-26T23:59:59.000000Z: its record is neither here "
            "nor erased");
  EXPECT_EQ(verdict.wrong, Sentences());
}

TEST(Coverage, ADayThatHadWorkWithoutItsHeadIsSaid) {
  Log log = two_days();
  EXPECT_EQ(judge(whole(log), log, "2026-11-27").wrong,
            Sentences{"The head of 2026-11-27 is not here, though this tenant had work done that day: lanes of it may "
                      "be withheld."});
  log.add(EntryKind::intent, "lan_b", 2, "2026-11-28T08:00:00.000000Z");
  CoverageVerdict verdict = judge(whole(log), log, "2026-11-28");
  EXPECT_EQ(verdict.wrong.size(), 1u);
  EXPECT_EQ(verdict.headless, Sentences{"2026-11-28"}) << "only another worked: nothing is wrong, and it is said";
}

TEST(Coverage, WithoutHeadsAndReceiptsNothingIsKnown) {
  Log log = two_days();
  EXPECT_EQ(judge({}, log).wrong,
            Sentences{"No head of a day is here and no receipt: which lanes of the log are this tenant's cannot be "
                      "known."});
  EXPECT_EQ(judge({}, {}).wrong, Sentences()) << "nobody did anything";
}

// A key that signs two logs: what is of the other counts for nothing here.
TEST(Coverage, WhatIsOfAnotherLogUnderTheSameKeyCountsForNothing) {
  Log log = two_days();
  Log other = two_days();
  other.entries[3].replace(other.entries[3].find("12:00"), 5, "12:01");
  other.entries[erasure_at].replace(other.entries[erasure_at].find("01:00"), 5, "01:01");
  Coverage coverage;
  coverage.add_head(log.held(HeldKind::head, head_at), log.head());
  coverage.add(receipt_of(log, 0, 1));
  coverage.add(receipt_of(log, 4, 5));
  coverage.add(receipt_of(other, 3, std::nullopt));
  coverage.add_erasure(other.held(HeldKind::erasure, erasure_at), erasure_of(3));
  CoverageVerdict verdict = judge(coverage, log);
  EXPECT_EQ(verdict.intact, 3u);
  EXPECT_EQ(verdict.erased, 0u);
  ASSERT_EQ(verdict.missing.size(), 1u);
  EXPECT_TRUE(verdict.missing[0].starts_with("entry 3, refusal"));
  EXPECT_EQ(verdict.wrong, (Sentences{"Entry 3 of this log is not the one that the receipt of req_1 has: it is of "
                                      "another log under the same key.",
                                      "Entry 7 of this log is not the one that the erasure 7 has: it is of another "
                                      "log under the same key."}));
  // Nor does it take anything from what this log has at the same place.
  Log another = two_days();
  another.entries[0].replace(another.entries[0].find("10:00"), 5, "10:01");
  for (bool honest_first : {true, false}) {
    Coverage both = whole(log);
    if (!honest_first) both = Coverage();
    both.add(receipt_of(another, 0, std::nullopt));
    if (!honest_first) both.add(receipt_of(log, 0, 1));
    verdict = judge(both, log);
    EXPECT_EQ(verdict.intact, honest_first ? 3u : 2u);
    EXPECT_TRUE(std::ranges::none_of(verdict.missing, [](const auto& one) { return one.starts_with("entry 0,"); }));
    EXPECT_TRUE(verdict.wrong[0].starts_with("Entry 0 of this log is not the one")) << verdict.wrong[0];
  }
  Log shorter = log;
  shorter.entries.resize(head_at);
  Sentences wrong = judge(whole(log), shorter).wrong;
  EXPECT_TRUE(
      std::ranges::contains(wrong, std::string("This log ends before the entry 6 that the head of 2026-11-26 has.")));
}

TEST(Coverage, HeadsMustFitTheLogsLanesAndBeOfOneTenant) {
  Log log = two_days();
  DayRecord more = log.head();
  more.lanes[0].numbers = 4;
  Coverage coverage;
  coverage.add_head(log.held(HeldKind::head, head_at), more);
  coverage.add_erasure(log.held(HeldKind::erasure, erasure_at), erasure_of(3, "ten_2"));
  CoverageVerdict verdict = judge(coverage, log);
  ASSERT_EQ(verdict.wrong.size(), 2u);
  EXPECT_EQ(verdict.wrong[0], "Heads, erasures or acts of several tenants are here: ten_1, ten_2.");
  EXPECT_TRUE(verdict.wrong[1].contains("(3 numbers there, 4 in the head)")) << verdict.wrong[1];
}

TEST(Coverage, ALogThatCannotBeReadIsAnError) {
  Log log = two_days();
  auto broken = [](std::uint64_t) -> Result<std::string> { return fail(ErrorCode::not_found, "gone"); };
  EXPECT_FALSE(whole(log).judge(broken, log.entries.size(), "2026-11-26", "2026-11-26"));
}

}  // namespace
}  // namespace entente::audit
