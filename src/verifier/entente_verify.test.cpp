#include "verifier/entente_verify.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "verifier/test_judging.hpp"

namespace entente {
namespace {

TEST_F(Judging, WhatTheServerMakesHoldsAndStandsAsItSays) {
  Verdict included = judged(receipt(true)), promised = judged(receipt(false));
  Verdict overdue = judged(receipt(false), now + hours(1));
  EXPECT_TRUE(included.holds && promised.holds && overdue.holds) << included.why << promised.why << overdue.why;
  EXPECT_EQ(included.standing, entente_verify::Standing::included);
  EXPECT_EQ(promised.standing, entente_verify::Standing::promised);
  EXPECT_EQ(overdue.standing, entente_verify::Standing::overdue);
  EXPECT_EQ(judged(receipt(false), now + minutes(1)).standing, entente_verify::Standing::promised);
  EXPECT_EQ(included.kind, "receipt");
  EXPECT_EQ(promised.promised_by, "2026-11-24T00:01:00.000000Z");

  Verdict disclosed = judged(made());
  ASSERT_EQ(disclosed.attempts.size(), 1u) << disclosed.why;
  EXPECT_EQ(disclosed.attempts[0].deployment, "near");
  EXPECT_EQ(disclosed.attempts[0].result, "") << "it runs";
  EXPECT_EQ(disclosed.attempts[0].candidates, texts);
  for (const char* name : {"near", "far", "gone"})
    EXPECT_TRUE(judged(*disclose_only(made(), {name}, PolicyTexts::left_out)).holds);
}

TEST_F(Judging, AnAttemptSaysWhatItsRecordsSay) {
  Receipt one{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
  std::string hash = entente_verify::sha256_base64("abc"), other = entente_verify::sha256_base64("");
  EXPECT_EQ(hash, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  std::string intent = R"({"asked":")" + hash + R"(","attempt":"att_1","deployment":"d","place":"FR","provider":"p",)" +
                       R"("request":"req_1"})";
  std::string outcome = R"({"answer":[{"calls":[],"text":")" + hash + R"("},{"calls":[],"text":")" + other +
                        R"("}],"attempt":"att_1","body":{"bytes":3,"sha256":")" + hash + R"("},"result":"answered"})";
  one.attempts.push_back({.intent = seal(EntryKind::intent, "att_1", intent), .outcome = {}});
  one.attempts[0].outcome = seal(EntryKind::outcome, "att_1", outcome);
  one.attempts.push_back(
      {.intent = seal(EntryKind::refusal, "ref_1", R"({"asked":null,"attempt":"ref_1","request":"req_1"})"),
       .outcome = {}});
  Verdict verdict = judged_signed(one);
  ASSERT_EQ(verdict.attempts.size(), 2u) << verdict.why;
  const entente_verify::Attempt& told = verdict.attempts[0];
  EXPECT_EQ(told.at + told.deployment + told.provider + told.place, to_rfc3339(now) + "dpFR");
  EXPECT_EQ(told.asked, hash);
  EXPECT_EQ(told.result, "answered");
  EXPECT_EQ(told.answer, (std::vector{hash, other}));
  EXPECT_EQ(told.body, hash);
  EXPECT_EQ(told.intent + told.outcome, intent + outcome);
  EXPECT_TRUE(!told.refused && verdict.attempts[1].refused);
  EXPECT_EQ(verdict.attempts[1].asked + verdict.attempts[1].result, "");
}

TEST_F(Judging, EveryChangedCharacterIsFoundOrSaysTheSame) {
  std::size_t round = 0;
  for (const Receipt& honest :
       {receipt(true), receipt(false), made(), *disclose_only(made(), {"far"}, PolicyTexts::left_out)}) {
    std::string text = receipt_text(honest), says = said(judged(text));
    for (std::size_t i = 0; i < text.size(); ++i) {
      Verdict verdict = judged(changed_at(i, text, round));
      ASSERT_TRUE(!verdict.holds || said(verdict) == says) << changed_at(i, text, round);
    }
    ++round;
  }
}

TEST_F(Judging, AnotherSpellingOfTheSameHolds) {
  std::string odd = R"({"attempt":"att_1","numbers":[0,-1,1e+21,0.000001,1e-7,123.456],"request":"req_1",)"
                    "\"\u00e9\\n\\u0001\":\"\U0001f600\",\"\U0001f600\":true,\"\ue000\":null}";
  ASSERT_EQ(*canonical_json(*wire::parse_json(odd)), odd);
  Receipt plain{.request = "req_1", .attempts = {}, .promise = {}, .checkpoint = {}};
  plain.attempts.push_back({.intent = seal(EntryKind::intent, "att_1", odd), .outcome = {}});
  plain.promise = signer.sign(promise_text(plain, "example.org/log", now));
  for (const Receipt& honest : {plain, made(), receipt(true)}) {
    std::string text = receipt_text(honest), other = respelled(*wire::parse_json(text));
    EXPECT_NE(text, other);
    EXPECT_TRUE(judged(other).holds);
    EXPECT_EQ(said(judged(other)), said(judged(text)));
  }
  std::string head = hold_head(head_record());
  EXPECT_EQ(said(judged_held(respelled(*wire::parse_json(head)))), said(judged_held(head)));
}

TEST_F(Judging, WhatBelongsToAnotherIsFound) {
  Receipt one = receipt(true), other = receipt(true);
  auto refused = [&](auto change) {
    Receipt changed = one;
    change(changed);
    EXPECT_FALSE(judged(changed).holds);
  };
  refused([&](Receipt& changed) { changed.attempts[0].outcome = other.attempts[0].outcome; });
  refused([&](Receipt& changed) { changed.promise = other.promise; });
  refused([&](Receipt& changed) { changed.checkpoint = other.checkpoint; });
  refused([&](Receipt& changed) { changed.cose = other.cose; });
  refused([&](Receipt& changed) { changed.cose.pop_back(); });
  refused([&](Receipt& changed) { changed.request = "req_2"; });
  refused([&](Receipt& changed) { changed.attempts.push_back(other.attempts[0]); });
  refused([&](Receipt& changed) { changed.attempts.clear(); });
  refused([&](Receipt& changed) { changed.attempts[0].outcome.reset(); });
  refused([&](Receipt& changed) { changed.attempts[0].stated.pop_back(); });
  refused([&](Receipt& changed) { changed.attempts[0].intent.proof.pop_back(); });
  refused([&](Receipt& changed) { changed.attempts[0].intent.proof.push_back(Digest{}); });
}

TEST_F(Judging, SignaturesOfOthersSayNothingAndAWrongOneOfTheLogSpoilsIt) {
  Receipt cosigned = receipt(true);
  std::string id = signer.verifier().key_id(), bytes(64, 'x');
  cosigned.checkpoint += signature_line("w.example/w", "abcd", bytes) + signature_line("example.org/log", "abcd", "y");
  EXPECT_TRUE(judged(cosigned).holds);
  Receipt spoilt = cosigned;
  spoilt.checkpoint += signature_line("example.org/log", id, bytes);
  EXPECT_FALSE(judged(spoilt).holds);
  for (int i = 3; i < 64; ++i) cosigned.promise += signature_line("w.example/w", "abcd", bytes);
  EXPECT_TRUE(judged(cosigned).holds);
  for (int i = 0; i < 3; ++i) cosigned.promise += signature_line("w.example/w", "abcd", bytes);
  EXPECT_FALSE(judged(cosigned).holds) << "more than anybody needs";
  for (const char* line : {"x", "\u2014 x", "\u2014 x !", "\u2014 x YWI=", "\u2014 x YWJjZGU=\r"}) {
    Receipt odd = receipt(true);
    odd.checkpoint += std::string(line) + "\n";
    EXPECT_FALSE(judged(odd).holds) << line;
  }
}

TEST_F(Judging, ACheckpointIsOfThisLogAndWellFormed) {
  Receipt one = receipt(true);
  std::string text = one.checkpoint.substr(0, one.checkpoint.find("\n\n") + 1), size = std::to_string(journal.size());
  for (const std::string& other :
       {"example.org/other" + text.substr(text.find('\n')),
        "example.org/log\n0" + size + text.substr(text.find('=') - 44), text.substr(0, text.rfind('=')) + "\n",
        std::string("example.org/log\n"), "\n" + text, text + "more\n"}) {
    one.checkpoint = signer.sign(other);
    EXPECT_EQ(judged(one).holds, other == text + "more\n") << other;
  }
}

// What only the log itself could have signed.
TEST_F(Judging, WhatDoesNotBelongTogetherIsFoundThoughItIsSigned) {
  Receipt one = made();
  one.checkpoint.clear();  // so that nothing else is in the way
  EXPECT_TRUE(judged_signed(one).holds);
  auto refused = [&](auto change) {
    Receipt changed = one;
    change(changed.attempts[0]);
    EXPECT_FALSE(judged_signed(changed).holds);
  };
  refused([](ReceiptAttempt& it) { std::swap(it.candidates[0], it.candidates[1]); });
  refused([](ReceiptAttempt& it) { it.candidates.push_back(it.candidates.back()); });
  refused([](ReceiptAttempt& it) { it.candidates[2].text = R"({"deployment":"gone","reason":"costs too much"})"; });
  refused([](ReceiptAttempt& it) { it.candidates[1].proof.clear(); });
  refused([](ReceiptAttempt& it) { it.stated.erase(it.stated.begin()); });  // the policies, with all candidates
  refused([](ReceiptAttempt& it) { it.stated.pop_back(); });
  refused([&](ReceiptAttempt& it) { it.stated.push_back(state(StatementKind::policies, "", "{}")); });  // too new
  auto holds_with = [&](StatementKind kind, std::string_view subject, Instant at) {
    Receipt changed = one;
    ReceiptAttempt& it = changed.attempts[0];
    it.stated[1] = state(kind, subject, it.stated[1].record, at);
    it.intent = seal(EntryKind::intent, "att_1", it.intent.record);
    return judged_signed(changed).holds;
  };
  EXPECT_TRUE(holds_with(StatementKind::facts, "near", now));
  EXPECT_FALSE(holds_with(StatementKind::facts, "another", now));
  EXPECT_FALSE(holds_with(StatementKind::terms, "near", now));
  EXPECT_FALSE(holds_with(StatementKind::facts, "near", now + hours(1)));
  refused([&](ReceiptAttempt& it) { it.stated.push_back(it.intent); });
  refused([](ReceiptAttempt& it) {
    it.stated.push_back(it.stated[1]);
    std::string& entry = it.stated.back().entry;
    entry.replace(entry.find("facts"), 5, "tastes");
  });
  refused([](ReceiptAttempt& it) { it.intent.entry.replace(it.intent.entry.find("version") + 9, 1, "2"); });
  refused([&](ReceiptAttempt& it) { it.intent = seal(EntryKind::intent, "att_2", it.intent.record); });
  refused([&](ReceiptAttempt& it) { it.intent = seal(EntryKind::outcome, "att_1", it.intent.record); });
  refused([&](ReceiptAttempt& it) { it.outcome = seal(EntryKind::intent, "att_1", R"({"attempt":"att_1"})"); });
  refused([&](ReceiptAttempt& it) { it.outcome = seal(EntryKind::outcome, "att_2", R"({"attempt":"att_2"})"); });
  refused([&](ReceiptAttempt& it) {
    it.intent = seal(EntryKind::refusal, "att_1", it.intent.record);
    it.outcome = seal(EntryKind::outcome, "att_1", R"({"attempt":"att_1"})");
  });
  Receipt of_another = one;
  of_another.request = "req_2";
  EXPECT_FALSE(judged_signed(of_another).holds);
  Receipt less = *disclose_only(one, {"far"}, PolicyTexts::left_out);
  EXPECT_TRUE(judged_signed(less).holds);
  less.attempts[0].stated.pop_back();
  EXPECT_FALSE(judged_signed(less).holds) << "what is shown stands with its terms";
}

TEST_F(Judging, APromiseOfTheFirstFormHolds) {
  Receipt old = receipt(true);
  std::string text = promise_text(old, "example.org/log", now);
  text.replace(text.find("v2"), 2, "v1");
  for (std::size_t at = 0; (at = text.find("stated ")) != std::string::npos;) text.erase(at, 7);
  old.promise = signer.sign(text);
  EXPECT_TRUE(judged(old).holds);
  old.attempts[0].stated.pop_back();
  EXPECT_FALSE(judged(old).holds);
  for (const char* odd : {"\n", "by \n", "entente receipt v2\n", "entente receipt v1\nby \n", "\nby 1\n"}) {
    old.promise = signer.sign(odd);
    EXPECT_FALSE(judged(old).holds) << odd;
  }
}

TEST_F(Judging, ALogThatContradictsItselfIsNotBelieved) {
  Receipt one = receipt(false);
  std::string promise = promise_text(one, "example.org/log", now);
  one.promise = signer.sign(promise.substr(0, promise.find("by ")) + "by and by\n");
  EXPECT_EQ(judged(one).why, "The log's promise does not say by when.");
  for (const char* never : {"2026-11-27T24:00:00", "2026-11-27T23:60:00", "2026-11-27T23:59:60", "2026-11-27T99:99:99",
                            "2026-11-31T00:00:00", "2026-00-27T00:00:00"}) {
    one.promise = signer.sign(promise.substr(0, promise.find("by ")) + "by " + never + ".999999Z\n");
    EXPECT_EQ(judged(one).why, "The log's promise does not say by when.") << never;
  }

  one.attempts.clear();
  one.promise = signer.sign(promise_text(one, "example.org/log", now));
  EXPECT_EQ(judged(one).why, "The receipt is of no attempt.");

  ReceiptAttempt backwards{.intent = {}, .outcome = seal(EntryKind::outcome, "att_1", R"({"attempt":"att_1"})")};
  backwards.intent = seal(EntryKind::intent, "att_1", R"({"attempt":"att_1","request":"req_1"})");
  one.attempts = {backwards};
  one.promise = signer.sign(promise_text(one, "example.org/log", now));
  EXPECT_EQ(judged(one).why, "What stands for the outcome of an attempt is not its outcome.");

  std::string lane = R"({"lane":"lan_1","last":")" + to_base64(Digest{}) + R"(","numbers":1})";
  std::string twice = R"({"day":"2026-11-23","lanes":[)" + lane + "," + lane + R"(],"tenant":"ten_1"})";
  EXPECT_EQ(judged_held(hold_head(twice)).why, "The head's lanes are not in order, each once.");
}

TEST_F(Judging, AnotherKeyIsSaid) {
  std::string text = receipt_text(receipt(true)), head = hold_head(head_record());
  EXPECT_TRUE(entente_verify::verify_receipt(text, key + "\n", now).holds) << "as a file has it";
  auto why = [&](const std::string& other) {
    Verdict verdict = entente_verify::verify_receipt(text, other, now), held = entente_verify::verify_held(head, other);
    EXPECT_FALSE(verdict.holds || held.holds) << other;
    EXPECT_TRUE(verdict.attempts.empty() && verdict.promised_by.empty() && held.record.empty());
    return verdict.why;
  };
  std::string unsigned_by = "The promise is not signed by the key that was given.";
  EXPECT_EQ(why(NoteSigner("example.org/log", Seed{8}).verifier().text()), unsigned_by);
  EXPECT_EQ(why(NoteSigner("example.org/other", Seed{9}).verifier().text()), unsigned_by);
  for (const char* none : {"", "+", "++", "a+b", "a++", "+a+b", "\xff+a+b"})
    EXPECT_EQ(why(none).starts_with("A log's key is written as") || why(none).contains("is not one of Ed25519"), true);
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string changed = key;
    changed[i] = changed[i] == 'B' ? 'C' : 'B';
    EXPECT_EQ(NoteVerifier::parse(changed).has_value(), false) << changed;
    why(changed);
  }
}

TEST_F(Judging, WhatIsNoReceiptIsSaid) {
  using namespace std::string_literals;
  std::string empty = R"({"version":1,"request":"r","promise":"","checkpoint":"","attempts":[)";
  for (const std::string& text : {""s, std::string(100'000, '['), "{}"s, "[]"s, "null"s, "\0"s, empty + "]}",
                                  empty + "{}]}", empty + R"({"intent":{},"outcome":null}]})", R"({"version":2})"s,
                                  R"({"checkpoint":"","head":{}})"s, R"({"checkpoint":"","erasure":1,"head":{}})"s}) {
    EXPECT_FALSE(judged(text).holds);
    EXPECT_FALSE(judged_held(text).holds);
  }
  std::string text = receipt_text(receipt(true));
  for (std::size_t size = 0; size < text.size(); size += 7) EXPECT_FALSE(judged(text.substr(0, size)).holds);
  EXPECT_FALSE(judged(text + "x").holds || judged("\xef\xbb\xbf" + text).holds);
  EXPECT_TRUE(judged(" " + text + "\n").holds);
  std::string member = text.substr(0, text.size() - 1);
  EXPECT_FALSE(judged(member + R"(,"version":1})").holds) << "twice";
  EXPECT_TRUE(judged(member + R"(,"more":[1.5,{"x":null}]})").holds) << "what is not known is passed over";
  EXPECT_FALSE(judged(member + ",\"more\":\"\xff\"}").holds);
  EXPECT_TRUE(judged(member + R"(,"more":[1e-400,0.1]})").holds) << "too small is 0";
  auto with = [&text](const std::string& old, const std::string& other) {
    std::string changed = text;
    return changed.replace(changed.find(old), old.size(), other);
  };
  EXPECT_FALSE(judged(with(R"({"version":1,)", R"({"version":1.0,)")).holds);
  EXPECT_FALSE(judged(with(R"("index":)", R"("index":0e0,"other":)")).holds);
  EXPECT_FALSE(judged(with(R"("index":)", R"("index":-1,"other":)")).holds);
}

// Members may be named as the places of a list are, and are none.
TEST_F(Judging, AnObjectIsNoList) {
  std::string text = receipt_text(receipt(false)), begin = R"("stated":[)", end = R"(]}],"promise")";
  EXPECT_TRUE(judged(text).holds);
  std::string object = text.replace(text.find(end), 1, "}");
  object.replace(object.find(begin), begin.size(), R"("stated":{"0":)");
  object.replace(object.find("},{", object.find("stated")), 2, R"(},"1":)");
  ASSERT_TRUE(wire::parse_json(object)) << object;
  EXPECT_FALSE(judged(object).holds);
}

}  // namespace
}  // namespace entente
