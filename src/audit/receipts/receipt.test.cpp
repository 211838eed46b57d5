#include "audit/receipts/receipt.hpp"

#include <gtest/gtest.h>

#include "audit/entries/statement.hpp"
#include "audit/receipts/cose.hpp"
#include "audit/receipts/test_receipts.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

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

TEST_F(Receiving, AnOutcomeBehindItsIntentAndATimeAreNeeded) {
  auto refused = [&](Receipt receipt, std::string_view by) {
    std::string text = promise_text(receipt, "example.org/log", now);
    text.replace(text.rfind("by "), std::string::npos, std::string(by));
    receipt.promise = signer.sign(text);
    auto verdict = verify_receipt(receipt, signer.verifier(), now);
    return verdict ? std::string() : verdict.error().message;
  };
  const std::string today = "by " + to_rfc3339(now) + "\n";
  EXPECT_EQ(refused(receipt(false), today), "");
  EXPECT_EQ(refused(receipt(false), "by tomorrow\n"), "The log's promise does not say by when.");
  Receipt none = receipt(false);
  none.attempts.clear();
  EXPECT_EQ(refused(none, today), "The receipt has no attempt.");
  Receipt before = receipt(false);
  before.attempts[0].outcome->index = before.attempts[0].intent.index;
  EXPECT_EQ(refused(before, today), "The outcome of att_1 stands before its intent.");
}

TEST_F(Receiving, TheSignatureForCoseMustBeOfTheCheckpointsRoot) {
  Receipt edited = receipt(true);
  edited.cose = sign_root(signer, hash_entry("another root"));
  EXPECT_FALSE(verify_receipt(edited, signer.verifier(), now));
  edited.cose.pop_back();
  EXPECT_FALSE(verify_receipt(edited, signer.verifier(), now));
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
          plain.cose.clear();  // without it a receipt says no less
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

TEST_F(Disclosing, OneCandidateIsPassedOnWithoutTheOthers) {
  Receipt whole = made();
  EXPECT_EQ(verdict_on(whole), "");
  for (PolicyTexts policies : {PolicyTexts::kept, PolicyTexts::left_out}) {
    auto less = disclose_only(whole, {"far"}, policies);
    ASSERT_TRUE(less) << less.error().message;
    EXPECT_EQ(verdict_on(*less), "");
    ASSERT_EQ(less->attempts[0].candidates.size(), 1u);
    EXPECT_EQ(less->attempts[0].stated.size(), policies == PolicyTexts::kept ? 3u : 2u);
    std::string text = receipt_text(*less);
    // Neither the others' texts nor their facts, nor a hash of a name that could be guessed.
    for (const std::string& said : {std::string("gone"), std::string("\"operator\":\"near\""),
                                    to_base64(subject_named("near")), to_base64(sha256(R"({"operator":"near"})"))})
      EXPECT_FALSE(text.contains(said)) << said;
    EXPECT_TRUE(text.contains("\"operator\":\"far\""));
    EXPECT_EQ(stated_text(less->attempts[0], StatementKind::facts, "far", to_base64(sha256(R"({"operator":"far"})"))) !=
                  nullptr,
              true);
  }
  auto both = disclose_only(whole, {"gone", "near"}, PolicyTexts::kept);
  ASSERT_TRUE(both);
  EXPECT_EQ(verdict_on(*both), "");
  EXPECT_EQ(verdict_on(*disclose_only(*both, {"gone"}, PolicyTexts::kept)), "") << "less again";
  auto unknown = disclose_only(*both, {"far"}, PolicyTexts::kept);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "The receipt discloses no candidate 'far'; it has gone, near.");
}

TEST_F(Disclosing, WhoDisclosesAllLeavesNothingOut) {
  Receipt whole = made();
  Receipt without = whole;
  without.attempts[0].stated.erase(without.attempts[0].stated.begin());
  EXPECT_EQ(verdict_on(without), "The decision went by policies that the receipt does not have.");
  without = *disclose_only(whole, {"far"}, PolicyTexts::kept);
  without.attempts[0].stated.pop_back();
  EXPECT_EQ(verdict_on(without), "The decision went by terms of far that the receipt does not have.");
}

TEST_F(Disclosing, AnotherCandidateThanTheDecisionHadIsFound) {
  Receipt whole = made();
  Receipt forged = whole;
  forged.attempts[0].candidates[2].text = R"({"deployment":"gone","reason":"costs too much"})";
  EXPECT_EQ(verdict_on(forged), "The candidate 3 is not the one that the decision was made on.");
  forged = whole;
  std::swap(forged.attempts[0].candidates[0], forged.attempts[0].candidates[1]);
  EXPECT_EQ(verdict_on(forged), "The receipt's candidates are not in their order.");
  forged = whole;
  forged.attempts[0].candidates.push_back(forged.attempts[0].candidates.back());
  EXPECT_EQ(verdict_on(forged), "The receipt's candidates are not in their order.");
  forged = *disclose_only(whole, {"far"}, PolicyTexts::kept);
  forged.attempts.clear();
  EXPECT_NE(verdict_on(forged), "") << "an attempt was left out";
}

TEST_F(Disclosing, EveryChangedCharacterIsFoundInOnesThatDiscloseLess) {
  Receipt honest = *disclose_only(made(), {"far"}, PolicyTexts::left_out);
  std::string text = receipt_text(honest);
  auto plain = [&](Receipt receipt) {
    receipt.promise = *open_note(receipt.promise, std::vector{signer.verifier()});
    receipt.checkpoint = *open_note(receipt.checkpoint, std::vector{signer.verifier()});
    receipt.cose.clear();
    return receipt_text(receipt);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (char other : {'0', 'A'}) {
      std::string changed = text;
      changed[i] = other;
      auto read = parse_receipt(changed);
      if (!read || !verify_receipt(*read, signer.verifier(), now)) continue;
      EXPECT_EQ(plain(*read), plain(honest)) << i << ": " << text.substr(i > 20 ? i - 20 : 0, 40);
    }
  }
}

// As promises were written before statements stood apart.
TEST_F(Receiving, APromiseOfTheFirstFormStillHolds) {
  Receipt old = receipt(true);
  std::string text = promise_text(old, "example.org/log", now);
  text.replace(text.find("v2"), 2, "v1");
  for (std::size_t at = 0; (at = text.find("stated ")) != std::string::npos;) text.erase(at, 7);
  old.promise = signer.sign(text);
  EXPECT_TRUE(verify_receipt(*parse_receipt(receipt_text(old)), signer.verifier(), now));
  old.attempts[0].stated.pop_back();
  EXPECT_FALSE(verify_receipt(old, signer.verifier(), now));
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
