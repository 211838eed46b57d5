#include "audit/entries/statement.hpp"

#include "audit/forms/members.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

constexpr std::int64_t version = 1;
constexpr std::string_view what = "statement of the log";
constexpr std::string_view kinds[] = {"facts", "labels", "policies", "terms"};

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
  Members members(json, what);
  TRY_ASSIGN(std::int64_t written, members.number("version"));
  if (written != version) return is_no(what, "its version is not known here");
  Statement statement;
  TRY_ASSIGN(statement.kind, members.one_of<StatementKind>("kind", kinds));
  TRY_ASSIGN(statement.at, members.text("at"));
  TRY_ASSIGN(statement.record, members.digest("record"));
  TRY_ASSIGN(statement.subject, members.digest("subject"));
  if (statement_text(statement) != text) return is_no(what, "it is not written in the canonical form");
  return statement;
}

}  // namespace entente::audit
