#include "audit/coverage.hpp"

#include <gtest/gtest.h>

#include "audit/merkle.hpp"

namespace entente::audit {
namespace {

// Two lanes over two days; the second is another tenant's. Entries 0 to 5, then a statement's line, then 6 to 7.
struct Log {
  std::vector<std::string> entries;
  void add(EntryKind kind, std::string lane, std::int64_t number, std::string at) {
    entries.push_back(entry_text({.kind = kind,
                                  .attempt = "att_" + lane + std::to_string(number),
                                  .lane = std::move(lane),
                                  .number = number,
                                  .previous = {},
                                  .record = {},
                                  .at = std::move(at)}));
  }
  ReadEntry reader() const {
    return [this](std::uint64_t index) -> Result<std::string> { return entries.at(index); };
  }
};

Log two_days() {
  Log log;
  log.add(EntryKind::intent, "lan_a", 1, "2026-11-26T10:00:00.000000Z");
  log.add(EntryKind::outcome, "lan_a", 1, "2026-11-26T10:00:01.000000Z");
  log.add(EntryKind::intent, "lan_b", 1, "2026-11-26T11:00:00.000000Z");
  log.add(EntryKind::refusal, "lan_a", 2, "2026-11-26T12:00:00.000000Z");
  log.add(EntryKind::intent, "lan_a", 3, "2026-11-26T23:59:59.000000Z");
  log.add(EntryKind::outcome, "lan_a", 3, "2026-11-27T00:00:01.000000Z");
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

DayRecord head() {
  return {.day = "2026-11-26", .tenant = "ten_1", .lanes = {{.lane = "lan_a", .numbers = 3, .last = {}}}};
}

TEST(Coverage, EveryEntryIsHereOrErasedOrMissing) {
  Log log = two_days();
  Coverage coverage;
  coverage.add(head());
  coverage.add(receipt_of(log, 0, 1));
  ErasureRecord erasure{.entries = {{.first = 3, .last = 3}}, .ground = "g", .tenant = "ten_1"};
  coverage.add(erasure);
  auto verdict = coverage.judge(log.reader(), log.entries.size(), "2026-11-26", "2026-11-26");
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->intact, 2u);
  EXPECT_EQ(verdict->erased, 1u);
  EXPECT_EQ(verdict->missing,
            std::vector<std::string>{"entry 4, intent of number 3 in the lane lan_a, 2026-11-26T23:59:59.000000Z: its "
                                     "record is neither here nor erased"})
      << "the other tenant's lane and the next day are not asked for";
  coverage.add(receipt_of(log, 4, 5));
  verdict = coverage.judge(log.reader(), log.entries.size(), "2026-11-26", "2026-11-27");
  EXPECT_EQ(verdict->intact, 4u);
  EXPECT_TRUE(verdict->missing.empty());
}

TEST(Coverage, AnOutcomeThatAReceiptLeavesOutIsMissing) {
  Log log = two_days();
  Coverage coverage;
  coverage.add(receipt_of(log, 0, std::nullopt));  // which also names the lane
  auto verdict = coverage.judge(log.reader(), 3, "2026-11-26", "2026-11-26");
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->intact, 1u);
  ASSERT_EQ(verdict->missing.size(), 1u);
  EXPECT_TRUE(verdict->missing[0].starts_with("entry 1, outcome of number 1"));
}

TEST(Coverage, ALogThatCannotBeReadIsAnError) {
  Coverage coverage;
  coverage.add(head());
  auto broken = [](std::uint64_t) -> Result<std::string> { return fail(ErrorCode::not_found, "gone"); };
  EXPECT_FALSE(coverage.judge(broken, 1, "2026-11-26", "2026-11-26"));
}

}  // namespace
}  // namespace entente::audit
