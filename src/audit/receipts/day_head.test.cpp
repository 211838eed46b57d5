#include "audit/receipts/day_head.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "audit/entries/line_kind.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {
namespace {

// A log of two lanes of one day, as entries, and its head.
struct Log {
  std::vector<std::string> entries;
  std::map<std::string, LaneEnd> ends;

  void add(EntryKind kind, std::string lane, std::int64_t number) {
    LaneEnd& end = ends[lane];
    end.lane = lane;
    end.numbers = std::max(end.numbers, number);
    entries.push_back(entry_text({.kind = kind,
                                  .attempt = "att_" + lane + std::to_string(number),
                                  .lane = lane,
                                  .number = number,
                                  .previous = end.last,
                                  .record = sha256("r"),
                                  .at = "2026-11-27T10:00:00.000000Z"}));
    end.last = hash_entry(entries.back());
  }
  DayRecord record() const {
    DayRecord out{.day = "2026-11-27", .tenant = "ten_1", .lanes = {}};
    for (const auto& [name, end] : ends) out.lanes.push_back(end);
    return out;
  }
  ReadEntry reader() const {
    return [this](std::uint64_t index) -> Result<std::string> { return entries.at(index); };
  }
};

Log two_lanes() {
  Log log;
  log.add(EntryKind::intent, "lan_a", 1);
  log.add(EntryKind::intent, "lan_a", 2);
  log.add(EntryKind::outcome, "lan_a", 1);
  log.add(EntryKind::refusal, "lan_b", 1);
  log.add(EntryKind::outcome, "lan_a", 2);
  return log;
}

std::string said(const Result<>& result) { return result ? "" : result.error().message; }

TEST(DayHead, IsReadAsItIsWrittenAndInNoOtherWay) {
  DayHead head{.day = "2026-11-27", .record = sha256("x"), .at = "2026-11-28T00:00:01.000000Z"};
  std::string text = day_head_text(head);
  EXPECT_EQ(kind_of_line(text), LineKind::head);
  ASSERT_TRUE(parse_day_head(text));
  EXPECT_EQ(*parse_day_head(text), head);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string edited = text;
    edited[i] = edited[i] == '1' ? '2' : '1';
    auto read = parse_day_head(edited);
    EXPECT_TRUE(!read || *read != head) << edited;
  }
  EXPECT_FALSE(parse_day_head(text + " "));
  DayRecord record = two_lanes().record();
  ASSERT_TRUE(parse_day_record(day_record_text(record)));
  EXPECT_EQ(*parse_day_record(day_record_text(record)), record);
  EXPECT_FALSE(parse_day_record("{}"));
  record.lanes.push_back(record.lanes.front());
  EXPECT_FALSE(parse_day_record(day_record_text(record))) << "a lane twice";
  EXPECT_FALSE(parse_day_record(R"({"day":"2026-11-31","lanes":[],"tenant":"t"})"));
}

TEST(DayHead, TheLogsLanesAreWhatItSaysOrItIsSaid) {
  Log log = two_lanes();
  DayRecord record = log.record();
  auto index = std::ssize(log.entries);
  log.entries.push_back(
      day_head_text({.day = "2026-11-27", .record = sha256("x"), .at = "2026-11-28T00:00:01.000000Z"}));
  EXPECT_EQ(said(check_lanes(record, index, log.reader())), "");
  Lanes lanes;  // the head itself is no entry of a lane, and none is missing because of it
  for (std::size_t i = 0; i < log.entries.size(); ++i) ASSERT_TRUE(lanes.add(i, log.entries[i]));
  EXPECT_EQ(lanes.all().size(), record.lanes.size());

  Log without_b;
  for (auto number : {1, 2}) without_b.add(EntryKind::intent, "lan_a", number);
  for (auto number : {2, 1}) without_b.add(EntryKind::outcome, "lan_a", number);
  EXPECT_EQ(said(check_lanes(record, 4, without_b.reader())),
            "The lane lan_a does not end in the log as the head of 2026-11-27 says (2 numbers there, 2 in the head): "
            "entries of it were changed or left out.");
  record.lanes.erase(record.lanes.begin());
  EXPECT_EQ(said(check_lanes(record, 4, without_b.reader())),
            "The lane lan_b, which the head of 2026-11-27 names, is not in the log.");
  DayRecord more = log.record();
  more.lanes[1].numbers = 2;
  EXPECT_TRUE(said(check_lanes(more, index, log.reader()))
                  .contains("lan_b does not end in the log as the head of 2026-11-27 says (1 numbers there, 2"));
}

TEST(DayHead, AReceiptOfAWithheldLaneIsFound) {
  Log log = two_lanes();
  auto receipt_of = [&](std::size_t entry) {
    Receipt receipt{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
    receipt.attempts.push_back({.intent = {.entry = log.entries[entry], .record = {}, .proof = {}}, .outcome = {}});
    return receipt;
  };
  DayRecord record = log.record();
  EXPECT_EQ(said(check_knows(record, receipt_of(1))), "");
  EXPECT_EQ(said(check_knows(record, receipt_of(3))), "");
  DayRecord withheld = record;
  withheld.lanes.pop_back();
  EXPECT_EQ(
      said(check_knows(withheld, receipt_of(3))),
      "The head of 2026-11-27 does not name the lane lan_b, in which req_1 was recorded that day: it was withheld.");
  withheld = record;
  withheld.lanes[0].numbers = 1;
  EXPECT_EQ(said(check_knows(withheld, receipt_of(1))),
            "The head of 2026-11-27 counts 1 numbers in the lane lan_a, but req_1 has number 2.");
  withheld.day = "2026-11-26";
  EXPECT_EQ(said(check_knows(withheld, receipt_of(1))), "") << "of another day";
}

}  // namespace
}  // namespace entente::audit
