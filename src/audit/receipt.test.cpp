#include "audit/receipt.hpp"

#include <format>
#include <map>

#include <gtest/gtest.h>

#include "audit/statement.hpp"
#include "audit/tiles.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

const Instant now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

struct Receiving : testing::Test {
  NoteSigner signer{"example.org/log", Seed{9}};
  std::vector<std::string> journal;

  // An entry in the log whose record says these words, and the receipt's half of it.
  ReceiptEntry seal(EntryKind kind, std::string attempt, std::string record, Digest previous = {}) {
    Salt salt = new_salt();
    Entry entry{.kind = kind,
                .attempt = std::move(attempt),
                .lane = "lan_1",
                .number = 1,
                .previous = previous,
                .record = commitment_to(salt, record),
                .at = to_rfc3339(now)};
    journal.push_back(entry_text(entry));
    return {.index = static_cast<std::int64_t>(journal.size()) - 1,
            .entry = journal.back(),
            .record = std::move(record),
            .salt = salt,
            .proof = {}};
  }

  // A statement in the log, and the receipt's half of it.
  ReceiptEntry state(StatementKind kind, std::string_view subject, std::string text, Instant at = now) {
    journal.push_back(statement_text(
        {.kind = kind, .subject = subject_named(subject), .record = sha256(text), .at = to_rfc3339(at)}));
    return {.index = static_cast<std::int64_t>(journal.size()) - 1,
            .entry = journal.back(),
            .record = std::move(text),
            .salt = {},
            .proof = {}};
  }

  // What an intent says that went by these.
  static std::string going_by(std::string_view policies, std::string_view facts) {
    return std::format(R"({{"attempt":"att_1","decision":{{"candidates":[{{"deployment":"here","facts":"{}"}}],)"
                       R"("policies":"{}"}},"deployment":"here","request":"req_1"}})",
                       to_base64(sha256(facts)), to_base64(sha256(policies)));
  }

  Receipt receipt(bool included) {
    Receipt made{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
    for (int i = 0; i < 5; ++i) journal.push_back("other " + std::to_string(journal.size()));
    std::vector<ReceiptEntry> stated{state(StatementKind::policies, "", R"({"policies":[]})"),
                                     state(StatementKind::facts, "here", R"({"operator":"x"})")};
    ReceiptAttempt attempt{
        .intent = seal(EntryKind::intent, "att_1", going_by(R"({"policies":[]})", R"({"operator":"x"})")),
        .outcome = {},
        .stated = std::move(stated)};
    attempt.outcome = seal(EntryKind::outcome, "att_1", R"({"attempt":"att_1","result":"answered"})",
                           hash_entry(attempt.intent.entry));
    made.attempts.push_back(std::move(attempt));
    for (int i = 0; i < 300; ++i) journal.push_back("other " + std::to_string(journal.size()));
    made.promise = signer.sign(promise_text(made, "example.org/log", now + std::chrono::minutes(1)));
    if (included) include(made);
    return made;
  }

  void include(Receipt& receipt) {
    TileBuilder builder;
    for (const std::string& entry : journal) builder.add(entry);
    std::map<std::string, std::string> files;
    for (auto& [tile, bytes] : builder.take_files()) files[path_of(tile)] = bytes;
    ReadSubtree read =
        subtrees_in(journal.size(), [&](const TileId& tile) -> Result<std::string> { return files.at(path_of(tile)); });
    for (ReceiptAttempt& attempt : receipt.attempts) {
      std::vector<ReceiptEntry*> entries{&attempt.intent};
      if (attempt.outcome) entries.push_back(&*attempt.outcome);
      for (ReceiptEntry& one : attempt.stated) entries.push_back(&one);
      for (ReceiptEntry* entry : entries)
        entry->proof = *prove_inclusion(static_cast<std::uint64_t>(entry->index), journal.size(), read);
    }
    receipt.checkpoint = signer.sign(checkpoint_text({.origin = "example.org/log", .tree = builder.tree()}));
  }
};

TEST_F(Receiving, WhatWasWrittenIsReadAndHolds) {
  for (bool included : {true, false}) {
    auto again = parse_receipt(receipt_text(receipt(included)));
    ASSERT_TRUE(again) << again.error().message;
    auto verdict = verify_receipt(*again, signer.verifier(), now);
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->standing, included ? Standing::included : Standing::promised);
    auto later = verify_receipt(*again, signer.verifier(), now + std::chrono::hours(1));
    EXPECT_EQ(later->standing, included ? Standing::included : Standing::overdue);
  }
}

TEST_F(Receiving, ARunningAttemptHasAReceiptToo) {
  Receipt running = receipt(false);
  running.attempts[0].outcome.reset();
  running.promise = signer.sign(promise_text(running, "example.org/log", now));
  EXPECT_TRUE(verify_receipt(*parse_receipt(receipt_text(running)), signer.verifier(), now));
}

// Field by field, character by character: the text is changed at every place.
TEST_F(Receiving, EveryChangedCharacterIsFound) {
  for (bool included : {true, false}) {
    Receipt honest = receipt(included);
    std::string text = receipt_text(honest);
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (char other : {'0', '1', 'A', ' '}) {
        if (text[i] == other) continue;
        std::string changed = text;
        changed[i] = other;
        auto read = parse_receipt(changed);
        if (!read || !verify_receipt(*read, signer.verifier(), now)) continue;
        // What still holds must say the same: a blank, or bits of base64 that carry nothing, change no value.
        auto of = [&](const Receipt& receipt) {
          Receipt plain = receipt;
          plain.promise = *open_note(plain.promise, std::vector{signer.verifier()});
          if (included) plain.checkpoint = *open_note(plain.checkpoint, std::vector{signer.verifier()});
          return receipt_text(plain);
        };
        EXPECT_EQ(of(*read), of(honest)) << i << ": " << text.substr(i > 20 ? i - 20 : 0, 40);
      }
    }
  }
}

TEST_F(Receiving, WhatADecisionWentByMustBeThereAndBeOlder) {
  auto refused = [&](Receipt receipt) {
    receipt.promise = signer.sign(promise_text(receipt, "example.org/log", now + std::chrono::minutes(1)));
    auto verdict = verify_receipt(receipt, signer.verifier(), now);
    return verdict ? std::string() : verdict.error().message;
  };
  Receipt whole = receipt(false);
  EXPECT_EQ(refused(whole), "");
  Receipt without = whole;
  without.attempts[0].stated.pop_back();
  EXPECT_EQ(refused(without), "The decision went by facts of here that the receipt does not have.");
  Receipt of_another = whole;
  of_another.attempts[0].stated[1] = state(StatementKind::facts, "there", R"({"operator":"x"})");
  of_another.attempts[0].stated[1].index = 6;
  EXPECT_EQ(refused(of_another), "The decision went by facts of here that the receipt does not have.");
  Receipt newer = whole;
  newer.attempts[0].stated[1] = state(StatementKind::facts, "here", R"({"operator":"x"})", now + std::chrono::hours(1));
  EXPECT_TRUE(refused(newer).ends_with("which is newer than what it speaks of.")) << refused(newer);
}

TEST_F(Receiving, WhatTheLogHadSupersededIsFoundThere) {
  using std::chrono::hours;
  using std::chrono::seconds;
  std::string policies = R"({"policies":[]})", before = R"({"operator":"x"})", after = R"({"operator":"y"})";
  auto made = [&](Instant corrected, const std::string& went_by) {
    journal.clear();
    Receipt out{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
    ReceiptAttempt attempt{.intent = {}, .outcome = {}, .stated = {}};
    attempt.stated.push_back(state(StatementKind::policies, "", policies, now - hours(3)));
    ReceiptEntry first = state(StatementKind::facts, "here", before, now - hours(3));
    ReceiptEntry second = state(StatementKind::facts, "here", after, corrected);
    attempt.stated.push_back(went_by == before ? first : second);
    attempt.intent = seal(EntryKind::intent, "att_1", going_by(policies, went_by));
    out.attempts.push_back(std::move(attempt));
    return out;
  };
  ReadEntry entry = [&](std::uint64_t index) -> Result<std::string> { return journal.at(index); };
  EXPECT_TRUE(check_not_superseded(made(now - hours(1), after), entry, seconds(5)));
  auto stale = check_not_superseded(made(now - hours(1), before), entry, seconds(5));
  ASSERT_FALSE(stale);
  EXPECT_TRUE(stale.error().message.contains("went by facts of here that had been superseded"))
      << stale.error().message;
  EXPECT_TRUE(check_not_superseded(made(now - seconds(2), before), entry, seconds(5))) << "it was on its way";
  EXPECT_TRUE(check_not_superseded(made(now - seconds(2), after), entry, seconds(5)));
}

TEST_F(Receiving, ARefusalHasAReceiptAndNoOutcome) {
  Receipt refused = receipt(false);
  ReceiptAttempt& attempt = refused.attempts[0];
  ReceiptEntry outcome = *attempt.outcome;
  attempt.intent = seal(EntryKind::refusal, "ref_1", R"({"attempt":"ref_1","error":"no","request":"req_1"})");
  attempt.outcome.reset();
  attempt.stated.clear();
  auto signed_again = [&] {
    refused.promise = signer.sign(promise_text(refused, "example.org/log", now));
    return verify_receipt(*parse_receipt(receipt_text(refused)), signer.verifier(), now);
  };
  EXPECT_TRUE(signed_again());
  attempt.outcome = outcome;
  EXPECT_FALSE(signed_again());
}

TEST_F(Receiving, WhatBelongsToAnotherIsFound) {
  Receipt one = receipt(true), other = receipt(true);
  Receipt mixed = one;
  mixed.attempts[0].outcome = other.attempts[0].outcome;
  EXPECT_FALSE(verify_receipt(mixed, signer.verifier(), now));
  mixed = one;
  mixed.promise = other.promise;
  EXPECT_FALSE(verify_receipt(mixed, signer.verifier(), now));
  mixed = one;
  mixed.request = "req_2";
  EXPECT_FALSE(verify_receipt(mixed, signer.verifier(), now));
  mixed = one;
  mixed.attempts.push_back(other.attempts[0]);
  EXPECT_FALSE(verify_receipt(mixed, signer.verifier(), now));
  mixed = one;
  mixed.attempts.clear();
  EXPECT_FALSE(verify_receipt(mixed, signer.verifier(), now));
  EXPECT_FALSE(verify_receipt(one, NoteSigner("example.org/log", Seed{8}).verifier(), now)) << "another key";
  EXPECT_FALSE(verify_receipt(one, NoteSigner("example.org/other", Seed{9}).verifier(), now)) << "another log";
}

TEST(Receipt, WhatIsNoneIsSaid) {
  for (std::string_view text :
       {"", "{}", "[]", R"({"version":2})",
        R"({"version":1,"request":"r","promise":"","checkpoint":"","attempts":[{}]})",
        R"({"version":1,"request":"r","promise":"","checkpoint":"","attempts":[{"intent":{},"outcome":null}]})"})
    EXPECT_FALSE(parse_receipt(text)) << text;
}

}  // namespace
}  // namespace entente::audit
