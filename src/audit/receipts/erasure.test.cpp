#include "audit/receipts/erasure.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "audit/entries/line_kind.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/receipts/test_receipts.hpp"

namespace entente::audit {
namespace {

ErasureRecord three_spans() {
  return {.cause = ErasureCause::subject,
          .entries = {{.first = 3, .last = 3}, {.first = 5, .last = 9}, {.first = 11, .last = 12}},
          .ground = "asked for on 2026-11-20",
          .tenant = "ten_1"};
}

TEST(Erasure, IsReadAsItIsWrittenAndInNoOtherWay) {
  Erasure erasure{.erased = 8, .record = sha256("x"), .at = "2026-11-28T00:00:01.000000Z"};
  std::string text = erasure_text(erasure);
  EXPECT_EQ(kind_of_line(text), LineKind::erasure);
  ASSERT_TRUE(parse_erasure(text));
  EXPECT_EQ(*parse_erasure(text), erasure);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string edited = text;
    edited[i] = edited[i] == '1' ? '2' : '1';
    auto read = parse_erasure(edited);
    EXPECT_TRUE(!read || *read != erasure) << edited;
  }
  EXPECT_FALSE(parse_erasure(text + " "));
}

TEST(Erasure, ItsRecordNamesEntriesAndNobody) {
  ErasureRecord record = three_spans();
  std::string text = erasure_record_text(record);
  ASSERT_TRUE(parse_erasure_record(text)) << parse_erasure_record(text).error().message;
  EXPECT_EQ(*parse_erasure_record(text), record);
  EXPECT_EQ(record.count(), 8);
  for (std::int64_t index : {3, 5, 7, 9, 11, 12}) EXPECT_TRUE(record.has(index)) << index;
  for (std::int64_t index : {-1, 0, 2, 4, 10, 13, 1000}) EXPECT_FALSE(record.has(index)) << index;
  EXPECT_FALSE(ErasureRecord().has(0));
}

TEST(Erasure, ARecordOutOfOrderOrWithABadSpanIsRefused) {
  for (const char* spans : {"[[5,9],[3,3]]", "[[5,9],[9,10]]", "[[4,3]]", "[[-1,3]]", "[[1]]", "[1]", "[[1,2,3]]",
                            "[[1.5,2]]", R"([["1",2]])", "{}"}) {
    std::string text = std::string(R"({"cause":"subject","entries":)") + spans + R"(,"ground":"g","tenant":"ten_1"})";
    EXPECT_FALSE(parse_erasure_record(text)) << text;
  }
  EXPECT_FALSE(parse_erasure_record(R"({"cause":"other","entries":[],"ground":"g","tenant":"t"})"));
  EXPECT_TRUE(parse_erasure_record(R"({"cause":"retention","entries":[],"ground":"g","tenant":"t"})"));
}

TEST(Erasure, EntriesThatFollowEachOtherAreOneSpan) {
  std::vector<EntrySpan> spans;
  for (std::int64_t index : {3, 5, 6, 7, 8, 9, 11, 12}) add_entry(spans, index);
  EXPECT_EQ(spans, three_spans().entries);
}

TEST(Erasure, StandsInNoLane) {
  Lanes lanes;
  ASSERT_TRUE(lanes.add(0, erasure_text({.erased = 0, .record = {}, .at = "2026-11-28T00:00:01.000000Z"})));
  EXPECT_TRUE(lanes.all().empty());
  EXPECT_FALSE(lanes.add(1, R"({"at":"x","erased":"1","kind":"erasure"})"));
}

TEST(Erasure, WhatIsHeldIsCheckedAgainstTheLog) {
  NoteSigner signer("log.example", sha256("one"));
  NoteSigner other("log.example", sha256("two"));
  ErasureRecord record = three_spans();
  record.entries = {{.first = 0, .last = 0}};
  // Not by way of parse_held(), which lets no number pass that is beyond what JSON holds.
  auto hold = [](const ErasureRecord& said, std::int64_t erased, const NoteSigner& by) {
    return hold_third(HeldKind::erasure, erasure_record_text(said), by, [&](const Digest& record) {
      return erasure_text({.erased = erased, .record = record, .at = "2026-11-28T00:00:01.000000Z"});
    });
  };
  auto verify = [&](const HeldEntry& held) {
    auto verified = verify_held_erasure(held, signer.verifier());
    return verified ? "" : verified.error().message;
  };
  HeldEntry held = hold(record, 1, signer);
  EXPECT_EQ(held_kind(held_text(held)), HeldKind::erasure);
  EXPECT_EQ(verify(*parse_held(held_text(held))), "");
  EXPECT_NE(verify(hold(record, 1, other)), "") << "another log's key";
  EXPECT_EQ(verify(hold(record, 2, signer)),
            "This is no erasure: its record names another number of entries than the log does.");
  ErasureRecord later = record;
  later.entries = {{.first = 2, .last = 2}};
  EXPECT_EQ(verify(hold(later, 1, signer)), "This is no erasure: it names entries that did not stand before it.");
  ErasureRecord many;  // whose count would not fit
  many.entries = {{.first = 0, .last = std::numeric_limits<std::int64_t>::max()}};
  EXPECT_EQ(verify(hold(many, 1, signer)), "This is no erasure: it names entries that did not stand before it.");
  HeldEntry edited = held;
  edited.kind = HeldKind::act;
  EXPECT_EQ(verify(edited), "The log's entry is another thing than it is held as: erasure, not act.");
  edited = held;
  edited.entry.record = erasure_record_text(three_spans());
  EXPECT_EQ(verify(edited), "The record is not the one that the log's entry 2 commits to.");
  edited = held;
  edited.entry.index = 0;
  EXPECT_NE(verify(edited), "");
}

}  // namespace
}  // namespace entente::audit
