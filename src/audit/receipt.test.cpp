#include "audit/receipt.hpp"

#include <map>

#include <gtest/gtest.h>

#include "audit/tiles.hpp"

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

  Receipt receipt(bool included) {
    Receipt made{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
    for (int i = 0; i < 5; ++i) journal.push_back("other " + std::to_string(journal.size()));
    ReceiptAttempt attempt{
        .intent = seal(EntryKind::intent, "att_1", R"({"attempt":"att_1","deployment":"here","request":"req_1"})"),
        .outcome = {}};
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
      for (ReceiptEntry* entry : {&attempt.intent, &*attempt.outcome})
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
