#include "audit/receipts/act.hpp"

#include <gtest/gtest.h>

#include "audit/entries/line_kind.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/receipts/test_receipts.hpp"

namespace entente::audit {
namespace {

ActRecord made_a_key() {
  return {.kind = ActKind::key_created,
          .at = "2026-11-27T10:00:00.000000Z",
          .tenant = "ten_1",
          .about = "key_1",
          .says = "laptop"};
}

TEST(Act, IsReadAsItIsWrittenAndInNoOtherWay) {
  Act act{.record = sha256("x"), .at = "2026-11-27T10:00:01.000000Z"};
  std::string text = act_text(act);
  EXPECT_EQ(kind_of_line(text), LineKind::act);
  ASSERT_TRUE(parse_act(text));
  EXPECT_EQ(*parse_act(text), act);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string edited = text;
    edited[i] = edited[i] == '1' ? '2' : '1';
    auto read = parse_act(edited);
    EXPECT_TRUE(!read || *read != act) << edited;
  }
  for (ActKind kind : {ActKind::hold, ActKind::key_created, ActKind::key_revoked, ActKind::release}) {
    ActRecord record = made_a_key();
    record.kind = kind;
    ASSERT_TRUE(parse_act_record(act_record_text(record)));
    EXPECT_EQ(*parse_act_record(act_record_text(record)), record);
  }
  EXPECT_FALSE(parse_act_record(act_record_text(made_a_key()) + " "));
  EXPECT_FALSE(parse_act_record(R"({"about":"a","act":"danced","at":"","says":"","tenant":"t"})"));
}

TEST(Act, StandsInNoLane) {
  Lanes lanes;
  ASSERT_TRUE(lanes.add(0, act_text({.record = {}, .at = "2026-11-27T10:00:01.000000Z"})));
  EXPECT_TRUE(lanes.all().empty());
  EXPECT_FALSE(lanes.add(1, R"({"at":"x","by":"operator","kind":"act","version":1})"));
}

TEST(Act, WhatIsHeldIsCheckedAgainstTheLog) {
  NoteSigner signer("log.example", sha256("one"));
  HeldEntry held = hold_third(HeldKind::act, act_record_text(made_a_key()), signer, [](const Digest& record) {
    return act_text({.record = record, .at = "2026-11-27T10:00:01.000000Z"});
  });
  std::string text = held_text(held);
  EXPECT_EQ(held_kind(text), HeldKind::act);
  auto verified = verify_held_act(*parse_held(text), signer.verifier());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(*verified, made_a_key());
  EXPECT_FALSE(verify_held_act(held, NoteSigner("log.example", sha256("two")).verifier()));
  ActRecord other = made_a_key();
  other.says = "another";
  held.entry.record = act_record_text(other);
  EXPECT_FALSE(verify_held_act(held, signer.verifier()));
}

}  // namespace
}  // namespace entente::audit
