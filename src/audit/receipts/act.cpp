#include "audit/receipts/act.hpp"

#include "audit/forms/members.hpp"
#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

constexpr std::int64_t version = 1;
constexpr std::string_view what = "act", by = "operator", kind = "act";
constexpr std::string_view kinds[] = {"hold", "key_created", "key_revoked", "release"};

}  // namespace

std::string_view to_string(ActKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

// Members in canonical order (RFC 8785).
std::string act_text(const Act& act) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("at").string(act.at).key("by").string(by).key("kind").string(kind);
  json.key("record").string(to_base64(act.record)).key("version").number(version).end_object();
  return out;
}

Result<Act> parse_act(std::string_view text) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Members members(json, what);
  Act act;
  TRY_ASSIGN(act.at, members.text("at"));
  TRY_ASSIGN(act.record, members.digest("record"));
  if (act_text(act) != text) return is_no(what, "it is not written in the canonical form");
  return act;
}

std::string act_record_text(const ActRecord& record) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("about").string(record.about).key("act").string(to_string(record.kind));
  json.key("at").string(record.at).key("says").string(record.says).key("tenant").string(record.tenant).end_object();
  return out;
}

Result<ActRecord> parse_act_record(std::string_view text) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Members members(json, what);
  ActRecord record;
  TRY_ASSIGN(record.kind, members.one_of<ActKind>("act", kinds));
  TRY_ASSIGN(record.at, members.text("at"));
  TRY_ASSIGN(record.tenant, members.text("tenant"));
  TRY_ASSIGN(record.about, members.text("about"));
  TRY_ASSIGN(record.says, members.text("says"));
  if (act_record_text(record) != text) return is_no(what, "its record is not written in the canonical form");
  return record;
}

Result<ActRecord> verify_held_act(const HeldEntry& held, const NoteVerifier& log) {
  TRY_ASSIGN(Act act, parse_act(held.entry.entry));
  TRY(check_held(held, HeldKind::act, act.record, log));
  return parse_act_record(held.entry.record);
}

}  // namespace entente::audit
