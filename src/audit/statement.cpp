#include "audit/statement.hpp"

#include <algorithm>
#include <format>

#include "audit/lines.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

constexpr std::int64_t version = 1;
constexpr std::string_view kinds[] = {"facts", "policies", "terms"};

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorCode::invalid_request, std::format("This is no statement of the log: {}.", what));
}

Result<Digest> digest_of(const wire::Json& json, std::string_view name) {
  const std::string* text = json.text(name);
  auto digest = text ? parse_hash(*text) : std::nullopt;
  if (!digest) return wrong(std::format("'{}' is no hash", name));
  return *digest;
}

}  // namespace

std::string_view to_string(StatementKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

Digest subject_named(std::string_view deployment) { return sha256(deployment); }

// Members in canonical order (RFC 8785).
std::string statement_text(const Statement& statement) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("at").string(statement.at);
  json.key("kind").string(to_string(statement.kind));
  json.key("record").string(to_base64(statement.record));
  json.key("subject").string(to_base64(statement.subject));
  json.key("version").number(version);
  json.end_object();
  return out;
}

Result<Statement> parse_statement(std::string_view text) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  const std::int64_t* written = json.integer("version");
  if (!written || *written != version) return wrong("its version is not known here");
  const std::string *kind = json.text("kind"), *at = json.text("at");
  auto known = kind ? std::ranges::find(kinds, *kind) : std::ranges::end(kinds);
  if (known == std::ranges::end(kinds) || !at) return wrong("'kind' or 'at' is missing");
  Statement statement{.kind = static_cast<StatementKind>(known - std::ranges::begin(kinds)), .at = *at};
  TRY_ASSIGN(statement.record, digest_of(json, "record"));
  TRY_ASSIGN(statement.subject, digest_of(json, "subject"));
  if (statement_text(statement) != text) return wrong("it is not written in the canonical form");
  return statement;
}

// Both kinds of entry begin with their time; what follows it tells them apart.
bool looks_like_statement(std::string_view entry) {
  std::size_t end_of_time = entry.find(',');
  return end_of_time != std::string_view::npos && entry.substr(end_of_time + 1).starts_with("\"kind\"");
}

}  // namespace entente::audit
