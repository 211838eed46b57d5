#include "audit/entries/entry.hpp"

#include <format>

#include "audit/forms/canonical_json.hpp"
#include "audit/forms/members.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

constexpr int version = 1;

constexpr std::string_view what = "entry of the log";
constexpr std::string_view kinds[] = {"intent", "outcome", "refusal"};

}  // namespace

std::string_view to_string(EntryKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

// Members in canonical order: JsonWriter writes strings and numbers as RFC 8785 does.
std::string entry_text(const Entry& entry) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("at").string(entry.at);
  json.key("attempt").string(entry.attempt);
  json.key("kind").string(to_string(entry.kind));
  json.key("lane").string(entry.lane);
  json.key("number").number(entry.number);
  json.key("previous").string(to_base64(entry.previous));
  json.key("record").string(to_base64(entry.record));
  json.key("version").number(std::int64_t{version});
  json.end_object();
  return out;
}

Result<Entry> parse_entry(std::string_view text) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Members members(json, what);
  TRY_ASSIGN(std::int64_t written, members.number("version"));
  if (written != version) return is_no(what, std::format("its version is {}, this Entente knows {}", written, version));
  Entry entry;
  TRY_ASSIGN(entry.kind, members.one_of<EntryKind>("kind", kinds));
  TRY_ASSIGN(entry.attempt, members.text("attempt"));
  TRY_ASSIGN(entry.lane, members.text("lane"));
  TRY_ASSIGN(entry.number, members.number("number"));
  TRY_ASSIGN(entry.previous, members.digest("previous"));
  TRY_ASSIGN(entry.record, members.digest("record"));
  TRY_ASSIGN(entry.at, members.text("at"));
  TRY_ASSIGN(std::string canonical, canonical_json(json));
  if (canonical != text || entry_text(entry) != text) return is_no(what, "it is not written in the canonical form");
  return entry;
}

Salt new_salt() {
  Salt salt;
  random_bytes(salt);
  return salt;
}

Digest commitment_to(const Salt& salt, std::string_view content) {
  Sha256 hash;
  hash.update(as_text(salt));
  hash.update(content);
  return hash.finish();
}

}  // namespace entente::audit
