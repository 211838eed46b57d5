#include "audit/entry.hpp"

#include <algorithm>
#include <format>

#include "audit/canonical_json.hpp"
#include "audit/lines.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

constexpr int version = 1;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorCode::invalid_request, std::format("This is no entry of the log: {}.", what));
}

Result<std::string> text_of(const wire::Json& json, std::string_view name) {
  const std::string* text = json.text(name);
  if (!text) return wrong(std::format("'{}' is missing", name));
  return *text;
}

Result<Digest> digest_of(const wire::Json& json, std::string_view name) {
  TRY_ASSIGN(std::string text, text_of(json, name));
  auto digest = parse_hash(text);
  if (!digest) return wrong(std::format("'{}' is no hash", name));
  return *digest;
}

Result<std::int64_t> number_of(const wire::Json& json, std::string_view name) {
  const std::int64_t* number = json.integer(name);
  if (!number) return wrong(std::format("'{}' is missing", name));
  return *number;
}

}  // namespace

namespace {
constexpr std::string_view kinds[] = {"intent", "outcome", "refusal"};
}

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
  TRY_ASSIGN(std::int64_t written, number_of(json, "version"));
  if (written != version) return wrong(std::format("its version is {}, this Entente knows {}", written, version));
  Entry entry;
  TRY_ASSIGN(std::string kind, text_of(json, "kind"));
  auto known = std::ranges::find(kinds, kind);
  if (known == std::ranges::end(kinds)) return wrong(std::format("'{}' is no kind", shortened(kind)));
  entry.kind = static_cast<EntryKind>(known - std::ranges::begin(kinds));
  TRY_ASSIGN(entry.attempt, text_of(json, "attempt"));
  TRY_ASSIGN(entry.lane, text_of(json, "lane"));
  TRY_ASSIGN(entry.number, number_of(json, "number"));
  TRY_ASSIGN(entry.previous, digest_of(json, "previous"));
  TRY_ASSIGN(entry.record, digest_of(json, "record"));
  TRY_ASSIGN(entry.at, text_of(json, "at"));
  TRY_ASSIGN(std::string canonical, canonical_json(json));
  if (canonical != text || entry_text(entry) != text) return wrong("it is not written in the canonical form");
  return entry;
}

// Every kind of line begins with its time; what follows it tells them apart.
bool stands_in_lane(std::string_view line) {
  std::size_t end_of_time = line.find(',');
  return end_of_time != std::string_view::npos && line.substr(end_of_time + 1).starts_with("\"attempt\"");
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
