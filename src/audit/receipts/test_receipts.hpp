// For tests of receipts: a log of a few hundred entries, and receipts of some of them as a server makes them. For those
// of what is held beside them: a log of three entries.
#pragma once

#include <format>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audit/entries/statement.hpp"
#include "audit/receipts/cose.hpp"
#include "audit/receipts/held_entry.hpp"
#include "audit/tree/tiles.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

inline const Instant now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

// The third entry of a log, as its tenant holds it.
inline HeldEntry hold_third(HeldKind kind, std::string record, const NoteSigner& by, auto entry_with) {
  Salt salt = new_salt();
  std::string entry = entry_with(commitment_to(salt, record));
  Digest before = hash_children(hash_entry("one"), hash_entry("two"));
  Tree tree{.size = 3, .root = hash_children(before, hash_entry(entry))};
  return {.kind = kind,
          .entry = {.index = 2, .entry = entry, .record = std::move(record), .salt = salt, .proof = {before}},
          .checkpoint = by.sign(checkpoint_text({.origin = by.verifier().name(), .tree = tree}))};
}

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
    receipt.cose = sign_root(signer, builder.tree().root);
  }
};

// A receipt as they are today: its record names three candidates by a root.
struct Disclosing : Receiving {
  std::string policies = R"({"policies":[]})";
  const Salt secret = new_salt();
  std::vector<std::string> texts;

  Receipt made() {
    Receipt out{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
    ReceiptAttempt attempt{.intent = {}, .outcome = {}, .stated = {}, .candidates = {}};
    attempt.stated.push_back(state(StatementKind::policies, "", policies));
    texts.clear();
    for (std::string name : {"near", "far", "gone"}) {
      std::string facts = std::format(R"({{"operator":"{}"}})", name), terms = R"({"weight":1})";
      if (name == "gone") {
        texts.push_back(R"({"deployment":"gone","reason":"is not configured"})");
        continue;
      }
      attempt.stated.push_back(state(StatementKind::facts, name, facts));
      attempt.stated.push_back(state(StatementKind::terms, name, terms));
      texts.push_back(std::format(R"({{"deployment":"{}","facts":"{}","terms":"{}"}})", name, to_base64(sha256(facts)),
                                  to_base64(sha256(terms))));
    }
    Tree tree = seal_texts(texts, secret);
    attempt.intent = seal(EntryKind::intent, "att_1",
                          std::format(R"({{"attempt":"att_1","decision":{{"candidates":{{"count":3,"root":"{}"}},)"
                                      R"("policies":"{}"}},"deployment":"near","request":"req_1"}})",
                                      to_base64(tree.root), to_base64(sha256(policies))));
    attempt.candidates = open_texts(texts, secret);
    out.attempts.push_back(std::move(attempt));
    out.promise = signer.sign(promise_text(out, "example.org/log", now + std::chrono::minutes(1)));
    include(out);
    return out;
  }

  std::string verdict_on(const Receipt& receipt) {
    auto read = parse_receipt(receipt_text(receipt));
    if (!read) return read.error().message;
    auto verdict = verify_receipt(*read, signer.verifier(), now);
    return verdict ? "" : verdict.error().message;
  }
};

}  // namespace entente::audit
