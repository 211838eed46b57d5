// What auditors are handed by whom they do not trust: lines of a log, receipts, heads of days and erasures. What is
// taken has one spelling, and none of it is taken under a key that did not sign it.
#include "audit/day_head.hpp"
#include "audit/erasure.hpp"
#include "audit/lanes.hpp"
#include "audit/receipt.hpp"
#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void read_lines(std::string_view text) {
  if (auto entry = audit::parse_entry(text)) require(audit::entry_text(*entry) == text, "an entry has one spelling");
  if (auto one = audit::parse_statement(text)) require(audit::statement_text(*one) == text, "and so has a statement");
  if (auto head = audit::parse_day_head(text)) require(audit::day_head_text(*head) == text, "and a head of a day");
  if (auto erasure = audit::parse_erasure(text)) require(audit::erasure_text(*erasure) == text, "and an erasure");
  audit::Lanes lanes;
  if (auto added = lanes.add(0, text); !added) require_good_refusal(added.error());
}

void read_records(std::string_view text) {
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  static const audit::NoteVerifier log = audit::NoteSigner("example.org/log", audit::Seed{}).verifier();
  read_lines(text);
  read_records(text);
  if (auto held = audit::parse_held(text)) {
    auto again = audit::parse_held(audit::held_text(*held));
    require(again && audit::held_text(*again) == audit::held_text(*held), "what was written is read");
    auto head = audit::verify_held_head(*held, log);
    if (!head) require_good_refusal(head.error());
    auto erasure = audit::verify_held_erasure(*held, log);
    if (!erasure) require_good_refusal(erasure.error());
  } else {
    require_good_refusal(held.error());
  }
  if (auto receipt = audit::parse_receipt(text)) {
    auto again = audit::parse_receipt(audit::receipt_text(*receipt));
    require(again && audit::receipt_text(*again) == audit::receipt_text(*receipt), "what was written is read");
    if (auto verdict = audit::verify_receipt(*receipt, log, Instant{}); !verdict) require_good_refusal(verdict.error());
  } else {
    require_good_refusal(receipt.error());
  }
  return 0;
}
