// What auditors are handed by whom they do not trust: lines of a log, receipts, heads of days, erasures and acts of the
// operator. What is taken has one spelling, and nothing holds but what the log has signed: what lies in the corpus as
// receipt, held_head, held_erasure and held_act, under the key of this log. (The receipt is a real one, in a smaller
// log than its own.) The verifier that others take with them (src/verifier) says the same of all of it.
#include <algorithm>
#include <functional>
#include <string>

#include "audit/forms/canonical_json.hpp"
#include "audit/receipts/act.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/receipts/erasure.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/receipts/receipt.hpp"
#include "fuzz.hpp"
#include "verifier/entente_verify.hpp"
#include "wire/json.hpp"

#ifdef __clang__
#pragma clang diagnostic ignored "-Wc23-extensions"  // #embed is C++26's, too
#endif

using namespace entente;
using namespace entente::fuzz;

namespace {

constexpr unsigned char receipt_file[] = {
#embed "corpus/proofs/receipt"
};
constexpr unsigned char head_file[] = {
#embed "corpus/proofs/held_head"
};
constexpr unsigned char erasure_file[] = {
#embed "corpus/proofs/held_erasure"
};
constexpr unsigned char act_file[] = {
#embed "corpus/proofs/held_act"
};

const audit::NoteVerifier& log_key() {
  static const audit::NoteVerifier key = audit::NoteSigner("example.org/log", audit::Seed{}).verifier();
  return key;
}

struct Signed {
  audit::Receipt receipt;
  audit::HeldEntry head, erasure, act;
};

// If these did not hold, nothing would, and what is asked of what holds would be asked of nothing.
const Signed& was_signed() {
  static const Signed all = [] {
    auto receipt = audit::parse_receipt(fuzz::text_of(receipt_file, sizeof receipt_file));
    auto head = audit::parse_held(fuzz::text_of(head_file, sizeof head_file));
    auto erasure = audit::parse_held(fuzz::text_of(erasure_file, sizeof erasure_file));
    auto act = audit::parse_held(fuzz::text_of(act_file, sizeof act_file));
    require(receipt && audit::verify_receipt(*receipt, log_key(), Instant{}), "the receipt that was signed holds");
    require(head && audit::verify_held_head(*head, log_key()), "and the head of a day");
    require(erasure && audit::verify_held_erasure(*erasure, log_key()), "and the erasure");
    require(act && audit::verify_held_act(*act, log_key()), "and the act");
    require(receipt->attempts.size() == 1 && receipt->attempts[0].outcome, "the receipt is of one attempt");
    return Signed{.receipt = *std::move(receipt),
                  .head = *std::move(head),
                  .erasure = *std::move(erasure),
                  .act = *std::move(act)};
  }();
  return all;
}

bool same(const audit::ReceiptEntry& one, const audit::ReceiptEntry& other) {
  return one.index == other.index && one.entry == other.entry && one.record == other.record && one.salt == other.salt;
}

bool same_with_proof(const audit::ReceiptEntry& one, const audit::ReceiptEntry& other) {
  return same(one, other) && one.proof == other.proof;
}

bool same_candidate(const audit::Opened& one, const audit::Opened& other) {
  return one.index == other.index && one.text == other.text && one.salt == other.salt && one.proof == other.proof;
}

// It may disclose less, and where the entries are promised only, nobody looks at their proofs.
void require_signed(const audit::Receipt& receipt, const audit::ReceiptVerdict& verdict) {
  auto is = verdict.standing == audit::Standing::included ? same_with_proof : same;
  const audit::ReceiptAttempt& original = was_signed().receipt.attempts[0];
  require(receipt.request == was_signed().receipt.request && receipt.attempts.size() == 1,
          "a receipt that holds is of the request that was signed");
  const audit::ReceiptAttempt& attempt = receipt.attempts[0];
  require(is(attempt.intent, original.intent), "its intent is the one that was signed");
  require(attempt.outcome && is(*attempt.outcome, *original.outcome), "and its outcome");
  for (const audit::ReceiptEntry& one : attempt.stated) {
    require(std::ranges::any_of(original.stated, [&](const audit::ReceiptEntry& other) { return is(one, other); }),
            "and its statements");
  }
  for (const audit::Opened& one : attempt.candidates) {
    require(std::ranges::any_of(original.candidates,
                                [&](const audit::Opened& other) { return same_candidate(one, other); }),
            "and its candidates");
  }
}

void read_lines(std::string_view text) {
  if (auto entry = audit::parse_entry(text)) require(audit::entry_text(*entry) == text, "an entry has one spelling");
  if (auto one = audit::parse_statement(text)) require(audit::statement_text(*one) == text, "and so has a statement");
  if (auto head = audit::parse_day_head(text)) require(audit::day_head_text(*head) == text, "and a head of a day");
  if (auto erasure = audit::parse_erasure(text)) require(audit::erasure_text(*erasure) == text, "and an erasure");
  if (auto act = audit::parse_act(text)) require(audit::act_text(*act) == text, "and an act");
  audit::Lanes lanes;
  if (auto added = lanes.add(0, text); !added) require_good_refusal(added.error());
}

void read_records(std::string_view text) {
  if (auto act = audit::parse_act_record(text)) {
    require(audit::act_record_text(*act) == text, "the record of an act has one spelling");
  } else {
    require_good_refusal(act.error());
  }
  if (auto day = audit::parse_day_record(text)) {
    require(audit::day_record_text(*day) == text, "and so has that of a day");
    auto twice = std::ranges::adjacent_find(day->lanes, std::greater_equal{}, &audit::LaneEnd::lane);
    require(twice == day->lanes.end(), "whose lanes are in order, each once");
  } else {
    require_good_refusal(day.error());
  }
}

void read_spans(std::string_view text) {
  auto record = audit::parse_erasure_record(text);
  if (!record) return require_good_refusal(record.error());
  require(audit::erasure_record_text(*record) == text, "a record has one spelling");
  std::int64_t before = -1;
  for (const audit::EntrySpan& span : record->entries) {
    require(span.first > before && span.last >= span.first, "spans are in order and apart");
    require(record->has(span.first) && record->has(span.last), "and have their ends");
    require(span.first == before + 1 || !record->has(span.first - 1), "and nothing before them");
    before = span.last;
  }
}

void read_held(std::string_view text) {
  auto held = audit::parse_held(text);
  if (!held) return require_good_refusal(held.error());
  auto again = audit::parse_held(audit::held_text(*held));
  require(again && audit::held_text(*again) == audit::held_text(*held), "what was written is read");
  if (auto head = audit::verify_held_head(*held, log_key())) {
    require(same_with_proof(held->entry, was_signed().head.entry), "a head that holds is the one that was signed");
  } else {
    require_good_refusal(head.error());
  }
  if (auto erasure = audit::verify_held_erasure(*held, log_key())) {
    require(same_with_proof(held->entry, was_signed().erasure.entry), "and so is an erasure");
  } else {
    require_good_refusal(erasure.error());
  }
  if (auto act = audit::verify_held_act(*held, log_key())) {
    require(same_with_proof(held->entry, was_signed().act.entry), "and so is an act");
  } else {
    require_good_refusal(act.error());
  }
}

void read_receipt(std::string_view text) {
  auto receipt = audit::parse_receipt(text);
  if (!receipt) return require_good_refusal(receipt.error());
  auto again = audit::parse_receipt(audit::receipt_text(*receipt));
  require(again && audit::receipt_text(*again) == audit::receipt_text(*receipt), "what was written is read");
  if (auto verdict = audit::verify_receipt(*receipt, log_key(), Instant{})) {
    require_signed(*receipt, *verdict);
  } else {
    require_good_refusal(verdict.error());
  }
}

bool receipt_holds(std::string_view text) {
  auto receipt = audit::parse_receipt(text);
  return receipt && audit::verify_receipt(*receipt, log_key(), Instant{});
}

bool held_holds(std::string_view text) {
  auto held = audit::parse_held(text);
  if (!held) return false;
  return audit::verify_held_act(*held, log_key()) || audit::verify_held_erasure(*held, log_key()) ||
         audit::verify_held_head(*held, log_key());
}

bool has_canonical_form(std::string_view text) {
  auto json = wire::parse_json(text);
  return json && audit::canonical_json(*json);
}

// Both say the same, but that the verifier refuses whole numbers beyond 2^53 - 1 where nothing is hashed, too.
void read_with_the_verifier(std::string_view text) {
  static const std::string key = log_key().text();
  auto holds = [](std::string_view of, bool held) {
    auto verdict = held ? entente_verify::verify_held(of, key) : entente_verify::verify_receipt(of, key, Instant{});
    require(verdict.holds == verdict.why.empty(), "the verifier's refusals say something");
    return verdict.holds;
  };
  bool has_form = has_canonical_form(text);
  for (bool held : {false, true}) {
    bool holds_here = held ? held_holds(text) : receipt_holds(text);
    require(holds(text, held) == (has_form && holds_here), "the verifier says the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  (void)was_signed();
  read_lines(text);
  read_records(text);
  read_spans(text);
  read_held(text);
  read_receipt(text);
  read_with_the_verifier(text);
  return 0;
}
