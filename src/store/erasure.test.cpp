// What is recorded of a subject: sealed on the disk, and gone from everywhere when it is erased.
#include "audit/receipts/erasure.hpp"

#include <algorithm>
#include <fstream>

#include "audit/entries/line_kind.hpp"
#include "audit/receipts/act.hpp"
#include "audit/receipts/lanes.hpp"
#include "base/offline_box.hpp"
#include "store/sqlite/database.hpp"
#include "store/test_erasing.hpp"

namespace entente::store {
namespace {
namespace fs = std::filesystem;

TEST_F(ErasureTest, RecordsLieSealedAndSayTheSameWhenTheyAreOpened) {
  answer("req_a", "amina");
  EXPECT_FALSE(is_on_disk("amina"));
  EXPECT_FALSE(is_on_disk("told-nobody"));
  EXPECT_TRUE(is_on_disk("att_req_a")) << "what is counted stands in clear: or this test could not fail";
  start_again();
  auto found = wait(store_->sealed_attempts("req_a", tenant_));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1u);
  const SealedAttempt& attempt = found->front();
  EXPECT_TRUE(attempt.intent.record.contains("told-nobody"));
  EXPECT_EQ(attempt.candidates, std::vector<std::string>{R"({"deployment":"a"})"});
  ASSERT_TRUE(attempt.outcome);
  for (const SealedEntry* entry : {&attempt.intent, &*attempt.outcome}) {
    auto parsed = audit::parse_entry(entry->text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->record, audit::commitment_to(entry->salt, entry->record));
  }
}

// The sentence may repeat what the client sent.
TEST_F(ErasureTest, WhatWasToldOfARefusalIsSealed) {
  ASSERT_TRUE(wait(store_->record_refusal({.refusal = "ref_1",
                                           .request = "req_a",
                                           .principal = store_->find_credential(key_.secret)->principal,
                                           .kind = "chat",
                                           .model = "m",
                                           .decision = {.text = "{}", .candidates = {}},
                                           .person = "amina",
                                           .error = "What 'told-nobody' would do is not known.",
                                           .reason = "unknown_field_not_allowed",
                                           .asked = {},
                                           .at = clock_.now()})));
  EXPECT_FALSE(is_on_disk("told-nobody"));
  EXPECT_TRUE(is_on_disk("unknown_field_not_allowed"));
  auto found = wait(store_->sealed_attempts("req_a", tenant_));
  ASSERT_TRUE(found && found->size() == 1);
  EXPECT_TRUE(found->front().intent.record.contains("told-nobody"));
  erase("amina");
  EXPECT_EQ(unreadable("req_a"), "erased");
}

TEST_F(ErasureTest, WhatIsErasedIsGoneAndNobodyElses) {
  answer("req_a", "amina");
  answer("req_b", "bineta");
  answer("req_c", "");
  answer("req_d", "amina");
  std::int64_t index = erase("amina");
  EXPECT_EQ(unreadable("req_a"), "erased");
  EXPECT_EQ(unreadable("req_d"), "erased");
  EXPECT_EQ(unreadable("req_b"), "");
  EXPECT_EQ(unreadable("req_c"), "") << "the key's own";
  auto said = wait(store_->sealed_attempts("req_a", tenant_)).error().message;
  EXPECT_EQ(said,
            std::format("What was recorded of that request was erased on 2026-11-23, as entry {} of the log says: "
                        "GET /v1/erasures/{} shows it.",
                        index, index));

  auto erasure = wait(store_->erasure(tenant_, index));
  ASSERT_TRUE(erasure && *erasure);
  auto record = audit::parse_erasure_record((*erasure)->record);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->entries, (std::vector<audit::EntrySpan>{{0, 1}, {6, 7}}));
  EXPECT_EQ(record->ground, "asked for");
  EXPECT_EQ(audit::parse_erasure((*erasure)->text)->record, audit::commitment_to((*erasure)->salt, (*erasure)->record));
  EXPECT_FALSE(*wait(store_->erasure("ten_other", index))) << "another tenant's";
  EXPECT_FALSE(*wait(store_->erasure(tenant_, 0)));

  auto rows = store_->usage(Instant{}, clock_.now() + std::chrono::hours(1));
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().attempts, 4) << "what was used stays counted";
  EXPECT_EQ(rows->front().costs, (std::vector<Money>{{20, "EUR"}}));
  auto processed = store_->processed(Instant{}, clock_.now() + std::chrono::hours(1));
  EXPECT_EQ(processed->front().labels, std::vector<std::string>{"health"});
  std::size_t past = 0;
  ASSERT_TRUE(store_->past_decisions(Instant{}, clock_.now() + std::chrono::hours(1), [&](auto) { ++past; }));
  EXPECT_EQ(past, 2u);

  auto lines = store_->journal(0, 100);
  ASSERT_TRUE(lines);
  audit::Lanes lanes;
  for (std::size_t i = 0; i < lines->size(); ++i) ASSERT_TRUE(lanes.add(i, (*lines)[i]));
  EXPECT_EQ(lanes.attempts(), 4u) << "the log has all of them";
  EXPECT_EQ(std::ranges::count(*lines, audit::LineKind::erasure, audit::kind_of_line), 1);
  start_again();
  EXPECT_EQ(unreadable("req_a"), "erased");
  answer("req_e", "amina");
  EXPECT_EQ(unreadable("req_e"), "") << "whoever comes again is a subject anew";
}

TEST_F(ErasureTest, ABackupOfTheStoreDoesNotBringItBack) {
  answer("req_a", "amina");
  answer("req_b", "bineta");
  store_.reset();
  fs::path backup = folder_ / "backup.db";
  fs::copy(folder_ / "entente.db", backup);
  fs::copy(folder_ / "subjects", folder_ / "kept", fs::copy_options::recursive);
  store_ = open(Store::Role::server);
  erase("amina");
  store_.reset();
  fs::path now = folder_ / "now.db";
  fs::copy(folder_ / "entente.db", now);
  for (const char* part : {"entente.db", "entente.db-wal", "entente.db-shm"}) fs::remove(folder_ / part);
  fs::copy(backup, folder_ / "entente.db");
  store_ = open(Store::Role::server);
  EXPECT_EQ(unreadable("req_a"), "subject_key_missing");
  EXPECT_EQ(unreadable("req_b"), "");

  // The keys from before, with the store that knows of the erasure: they are destroyed before anything is served.
  store_.reset();
  fs::remove_all(folder_ / "subjects");
  fs::copy(folder_ / "kept", folder_ / "subjects", fs::copy_options::recursive);
  fs::copy(now, folder_ / "entente.db", fs::copy_options::overwrite_existing);
  start_again();
  for (const SubjectRow& row : *store_->subjects()) EXPECT_NE(row.name, "amina");
  EXPECT_EQ(unreadable("req_b"), "");
}

TEST_F(ErasureTest, KeysThatWereLostComeBackFromTheirBackupButForWhatWasErased) {
  answer("req_a", "amina");
  answer("req_b", "bineta");
  OfflineKeys keys = *new_offline_keys();
  auto backup = store_->backup_subjects(keys.public_key);
  ASSERT_TRUE(backup) << backup.error().message;
  erase("amina");
  store_.reset();
  fs::remove_all(folder_ / "subjects");
  store_ = open(Store::Role::server);
  EXPECT_EQ(unreadable("req_b"), "subject_key_missing");
  EXPECT_EQ(*store_->restore_subjects(*backup, keys.private_key), 1u);
  EXPECT_EQ(unreadable("req_b"), "");
  EXPECT_EQ(unreadable("req_a"), "erased");
  EXPECT_FALSE(store_->restore_subjects(*backup, new_offline_keys()->private_key));
}

TEST_F(ErasureTest, AnAnswerThatRunsIsWaitedForAndWhatComesMeanwhileStays) {
  begin("req_a", "amina");
  auto id = store_->want_erasure(row_of("amina"), "asked for");
  ASSERT_TRUE(id);
  EXPECT_EQ(*store_->carry_out_erasures(), 0u);
  answer("req_b", "amina");
  EXPECT_FALSE((*store_->erasure_state(*id))->index);
  end("req_a");
  EXPECT_EQ(*store_->carry_out_erasures(), 1u);
  EXPECT_EQ((*store_->erasure_state(*id))->erased, 2);
  EXPECT_EQ(unreadable("req_a"), "erased");
  EXPECT_EQ(unreadable("req_b"), "") << "asked after the wish";
}

TEST_F(ErasureTest, ACommandAsksAndTheServerDoesIt) {
  answer("req_a", "amina");
  auto beside = open(Store::Role::tool);
  auto rows = beside->subjects();
  ASSERT_TRUE(rows && rows->size() == 1);
  auto id = beside->want_erasure(rows->front(), "asked for");
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_FALSE((*beside->erasure_state(*id))->index);
  std::size_t done = 0;
  for (int i = 0; i < 100 && done == 0; ++i) {
    usleep(50'000);
    done = *store_->carry_out_erasures();
  }
  EXPECT_EQ(done, 1u);
  EXPECT_EQ((*beside->erasure_state(*id))->erased, 2);
  EXPECT_FALSE(*beside->erasure_state(*id + 1)) << "nobody asked for that";
}

TEST_F(ErasureTest, WhatWasAskedForBeforeAKillIsDoneAtTheNextStart) {
  answer("req_a", "amina");
  ASSERT_TRUE(store_->want_erasure(row_of("amina"), "asked for"));
  start_again();
  EXPECT_EQ(unreadable("req_a"), "erased");
}

TEST_F(ErasureTest, KeptAnswersGoToo) {
  for (std::string person : {"amina", "bineta"}) {
    answer("req_" + person, person);
    ASSERT_TRUE(wait(keep("resp_" + person, "req_" + person, person)));
  }
  erase("amina");
  EXPECT_FALSE(is_kept("resp_amina"));
  EXPECT_TRUE(is_kept("resp_bineta"));
}

// A second attempt at the same request, and its answer that is kept, come after the wish.
TEST_F(ErasureTest, WhatARequestLeavesWhileItIsWaitedForGoesToo) {
  begin("req_a", "amina");
  auto id = store_->want_erasure(row_of("amina"), "asked for");
  ASSERT_TRUE(id);
  EXPECT_EQ(*store_->carry_out_erasures(), 0u);
  Intent hedge = intent_of("req_a", "amina");
  hedge.attempt = "att_hedge";
  ASSERT_TRUE(wait(store_->record_intent(hedge)));
  ASSERT_TRUE(wait(keep("resp_a", "req_a", "amina")));
  ASSERT_TRUE(wait(keep("resp_b", "req_b", "amina"))) << "another request's, after the wish";
  end("req_a");
  EXPECT_EQ(*store_->carry_out_erasures(), 0u) << "the second attempt runs";
  ASSERT_TRUE(wait(store_->record_outcome({.attempt = "att_hedge",
                                           .kind = OutcomeKind::cancelled,
                                           .error = {},
                                           .usage = {},
                                           .cost = {0, "EUR"},
                                           .at = clock_.now()})));
  EXPECT_EQ(*store_->carry_out_erasures(), 1u);
  EXPECT_EQ((*store_->erasure_state(*id))->erased, 4);
  EXPECT_EQ(unreadable("req_a"), "erased");
  EXPECT_FALSE(is_kept("resp_a"));
  EXPECT_TRUE(is_kept("resp_b"));
}

// Its first attempt had ended when the wish came, and nothing of it ran.
TEST_F(ErasureTest, OfARequestWhatWasNotErasedIsThere) {
  answer("req_a", "amina");
  erase("amina");
  Intent second = intent_of("req_a", "amina");
  second.attempt = "att_second";
  ASSERT_TRUE(wait(store_->record_intent(second)));
  auto found = wait(store_->sealed_attempts("req_a", tenant_));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1u);
  EXPECT_TRUE(found->front().intent.text.contains("att_second"));
}

TEST_F(ErasureTest, WhatIsHeldStays) {
  answer("req_a", "amina");
  answer("req_b", "bineta");
  SubjectRow amina = row_of("amina");
  ASSERT_TRUE(store_->hold(amina, "a court asked"));
  EXPECT_EQ(row_of("amina").held, "a court asked");
  auto refused = store_->want_erasure(amina, "asked for");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_TRUE(refused.error().message.contains("a court asked"));
  EXPECT_EQ(let_go(clock_.now() + std::chrono::hours(1), "kept for 1 day"), 2u);
  EXPECT_EQ(unreadable("req_a"), "");
  EXPECT_EQ(unreadable("req_b"), "erased");
  ASSERT_TRUE(store_->release(amina));
  EXPECT_FALSE(store_->release(amina));
  EXPECT_EQ(let_go(clock_.now() + std::chrono::hours(1), "kept for 1 day"), 2u);
  EXPECT_EQ(unreadable("req_a"), "erased");
}

TEST_F(ErasureTest, HoldsAndKeysAreInTheLogAndSayNoName) {
  answer("req_a", "amina");
  SubjectRow amina = row_of("amina");
  ASSERT_TRUE(store_->hold(amina, "a court asked"));
  ASSERT_TRUE(store_->release(amina));
  auto beside = open(Store::Role::tool);
  ASSERT_TRUE(beside->create_key({.name = "second"}));
  ASSERT_TRUE(beside->revoke_key("second"));
  std::size_t written = *store_->write_acts();
  for (int i = 0; i < 100 && written < 5; ++i) {
    usleep(50'000);
    written += *store_->write_acts();
  }
  EXPECT_EQ(written, 5u) << "the first key, too";
  auto acts = store_->acts(tenant_);
  ASSERT_TRUE(acts);
  std::vector<std::string> said;
  for (const SealedEntry& one : *acts) {
    auto record = audit::parse_act_record(one.record);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(audit::parse_act(one.text)->record, audit::commitment_to(one.salt, one.record));
    EXPECT_FALSE(one.record.contains("amina"));
    said.push_back(std::string(to_string(record->kind)) + " " + record->says);
  }
  EXPECT_EQ(said, (std::vector<std::string>{"key_created laptop", "hold a court asked", "release ",
                                            "key_created second", "key_revoked second"}));
  EXPECT_TRUE(store_->acts("ten_other")->empty());
  auto lines = store_->journal(0, 100);
  audit::Lanes lanes;
  for (std::size_t i = 0; i < lines->size(); ++i) ASSERT_TRUE(lanes.add(i, (*lines)[i]));
  EXPECT_EQ(std::ranges::count(*lines, audit::LineKind::act, audit::kind_of_line), 5);
  start_again();
  EXPECT_EQ(*store_->write_acts(), 0u) << "once";
}

TEST_F(ErasureTest, WhatWasErasedCannotBeHeld) {
  answer("req_a", "amina");
  SubjectRow amina = row_of("amina");
  erase("amina");
  auto held = store_->hold(amina, "a court asked");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::not_found);
}

TEST_F(ErasureTest, AHoldThatComesBetweenTheWishAndItsDoingIsKept) {
  answer("req_a", "amina");
  ASSERT_TRUE(store_->want_erasure(row_of("amina"), "asked for"));
  ASSERT_TRUE(store_->hold(row_of("amina"), "a court asked"));
  EXPECT_EQ(*store_->carry_out_erasures(), 0u);
  EXPECT_EQ(unreadable("req_a"), "");
  ASSERT_TRUE(store_->release(row_of("amina")));
  EXPECT_EQ(*store_->carry_out_erasures(), 1u) << "the wish is not forgotten";
}

TEST_F(ErasureTest, AHoldThatComesWhileAWishWaitsKeepsWhatComesAfterIt) {
  begin("req_a", "amina");
  ASSERT_TRUE(store_->want_erasure(row_of("amina"), "asked for"));
  EXPECT_EQ(*store_->carry_out_erasures(), 0u) << "it still runs";
  ASSERT_TRUE(store_->hold(row_of("amina"), "a court asked"));
  EXPECT_EQ(*store_->carry_out_erasures(), 0u);
  end("req_a");
  answer("req_b", "amina");
  EXPECT_EQ(row_of("amina").entries, 4) << "one subject";
  EXPECT_EQ(let_go(clock_.now() + std::chrono::hours(1), "kept for 1 day"), 0u);
  EXPECT_EQ(unreadable("req_a"), "");
  EXPECT_EQ(unreadable("req_b"), "");
}

}  // namespace
}  // namespace entente::store
