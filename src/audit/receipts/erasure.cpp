#include "audit/receipts/erasure.hpp"

#include <algorithm>
#include <iterator>

#include "audit/forms/members.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::int64_t version = 1;
constexpr std::string_view kind = "erasure";
constexpr std::string_view causes[] = {"subject", "retention"};

constexpr std::string_view what = "erasure";

std::unexpected<Error> wrong(std::string_view why) { return is_no(what, why); }

// [first, last]
Result<EntrySpan> span_in(const Json& json) {
  const auto* ends = json.as<Json::Array>();
  const auto* first = ends && ends->size() == 2 ? (*ends)[0].as<std::int64_t>() : nullptr;
  const auto* last = first ? (*ends)[1].as<std::int64_t>() : nullptr;
  if (!last || *first < 0 || *last < *first) return wrong("'entries' has something that is no span of entries");
  return EntrySpan{.first = *first, .last = *last};
}

}  // namespace

std::string_view to_string(ErasureCause cause) { return causes[static_cast<std::size_t>(cause)]; }

// Members in canonical order (RFC 8785).
std::string erasure_text(const Erasure& erasure) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("at").string(erasure.at).key("erased").number(erasure.erased).key("kind").string(kind);
  json.key("record").string(to_base64(erasure.record)).key("version").number(version).end_object();
  return out;
}

Result<Erasure> parse_erasure(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  Members members(json, what);
  Erasure erasure;
  TRY_ASSIGN(erasure.at, members.text("at"));
  TRY_ASSIGN(erasure.erased, members.number("erased"));
  TRY_ASSIGN(erasure.record, members.digest("record"));
  if (erasure_text(erasure) != text) return wrong("it is not written in the canonical form");
  return erasure;
}

std::int64_t ErasureRecord::count() const {
  std::int64_t all = 0;
  for (const EntrySpan& span : entries) all += span.last - span.first + 1;
  return all;
}

bool ErasureRecord::has(std::int64_t index) const {
  auto behind = std::ranges::upper_bound(entries, index, {}, &EntrySpan::first);
  return behind != entries.begin() && std::prev(behind)->last >= index;
}

void add_entry(std::vector<EntrySpan>& spans, std::int64_t index) {
  if (!spans.empty() && spans.back().last + 1 == index) {
    spans.back().last = index;
  } else {
    spans.push_back({.first = index, .last = index});
  }
}

std::string erasure_record_text(const ErasureRecord& record) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("cause").string(to_string(record.cause)).key("entries").begin_array();
  for (const EntrySpan& span : record.entries) json.begin_array().number(span.first).number(span.last).end_array();
  json.end_array().key("ground").string(record.ground).key("tenant").string(record.tenant).end_object();
  return out;
}

Result<ErasureRecord> parse_erasure_record(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  Members members(json, what);
  ErasureRecord record;
  TRY_ASSIGN(record.cause, members.one_of<ErasureCause>("cause", causes));
  TRY_ASSIGN(record.ground, members.text("ground"));
  TRY_ASSIGN(record.tenant, members.text("tenant"));
  TRY_ASSIGN(const Json::Array* spans, members.array("entries"));
  for (const Json& one : *spans) {
    TRY_ASSIGN(EntrySpan span, span_in(one));
    if (!record.entries.empty() && span.first <= record.entries.back().last) return wrong("'entries' are not in order");
    record.entries.push_back(span);
  }
  if (erasure_record_text(record) != text) return wrong("its record is not written in the canonical form");
  return record;
}

Result<ErasureRecord> verify_held_erasure(const HeldEntry& held, const NoteVerifier& log) {
  TRY_ASSIGN(Erasure erasure, parse_erasure(held.entry.entry));
  TRY(check_held(held, HeldKind::erasure, erasure.record, log));
  TRY_ASSIGN(ErasureRecord record, parse_erasure_record(held.entry.record));
  // First, so that their count cannot overflow.
  if (!record.entries.empty() && record.entries.back().last >= held.entry.index)
    return wrong("it names entries that did not stand before it");
  if (record.count() != erasure.erased) return wrong("its record names another number of entries than the log does");
  return record;
}

}  // namespace entente::audit
