#include "store/sqlite/credentials.hpp"

#include <algorithm>
#include <format>
#include <string>

#include "base/id.hpp"
#include "store/secrets.hpp"
#include "store/sqlite/acts.hpp"

namespace entente::store {

namespace {

constexpr auto session_life = std::chrono::days(30);

Instant instant(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

std::string join(const std::vector<std::string>& labels) {
  std::string out;
  for (const std::string& label : labels) out += (out.empty() ? "" : ",") + label;
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

Digest to_digest(const std::string& bytes) {
  Digest out{};
  if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// The id of the named tenant or project, made when there is none.
Result<std::string> tenant_named(Database& database, std::string_view name, Instant now) {
  std::string id;
  TRY(database.query("SELECT id FROM tenants WHERE name = ?", {name},
                     [&](const Database::Row& row) { id = row.text(0); }));
  if (!id.empty()) return id;
  id = make_id("ten", now);
  TRY(database.run("INSERT INTO tenants(id, name, created) VALUES(?, ?, ?)", {id, name, to_micros(now)}));
  return id;
}

Result<std::string> project_named(Database& database, std::string_view tenant, std::string_view name, Instant now) {
  std::string id;
  TRY(database.query("SELECT id FROM projects WHERE tenant = ? AND name = ?", {tenant, name},
                     [&](const Database::Row& row) { id = row.text(0); }));
  if (!id.empty()) return id;
  id = make_id("prj", now);
  TRY(database.run("INSERT INTO projects(id, tenant, name, created) VALUES(?, ?, ?, ?)",
                   {id, tenant, name, to_micros(now)}));
  return id;
}

}  // namespace

Result<Directory::Entries> read_credentials(Database& database, Instant now) {
  Directory::Entries entries;
  auto credential = [](const Database::Row& row) {
    return Credential{.principal = {.tenant = row.text(1),
                                    .project = row.text(2),
                                    .key = row.text(3),
                                    .tenant_name = row.text(6),
                                    .project_name = row.text(7),
                                    .key_name = row.text(5),
                                    .labels = split(row.text(4))},
                      .session = false};
  };
  TRY(
      database.query("SELECT k.hash, p.tenant, p.id, k.id, k.labels, k.name, t.name, p.name FROM keys k "
                     "JOIN projects p ON p.id = k.project JOIN tenants t ON t.id = p.tenant WHERE k.revoked IS NULL",
                     {}, [&](const Database::Row& row) { entries.emplace(to_digest(row.bytes(0)), credential(row)); }));
  TRY(
      database.query("SELECT s.hash, p.tenant, p.id, k.id, k.labels, k.name, t.name, p.name, s.expires FROM sessions s "
                     "JOIN keys k ON k.id = s.key JOIN projects p ON p.id = k.project JOIN tenants t ON t.id = "
                     "p.tenant WHERE k.revoked IS NULL AND s.expires > ?",
                     {to_micros(now)}, [&](const Database::Row& row) {
                       Credential session = credential(row);
                       session.session = true;
                       session.expires = instant(row.integer(8));
                       entries.emplace(to_digest(row.bytes(0)), std::move(session));
                     }));
  return entries;
}

Result<std::vector<Key>> read_keys(Database& database) {
  std::vector<Key> keys;
  TRY(
      database.query("SELECT k.id, k.name, t.name, p.name, k.hint, k.labels, k.created, k.revoked FROM keys k "
                     "JOIN projects p ON p.id = k.project JOIN tenants t ON t.id = p.tenant ORDER BY k.id",
                     {}, [&](const Database::Row& row) {
                       Key key{.id = row.text(0),
                               .name = row.text(1),
                               .tenant = row.text(2),
                               .project = row.text(3),
                               .hint = row.text(4),
                               .labels = split(row.text(5)),
                               .created = instant(row.integer(6)),
                               .revoked = std::nullopt};
                       if (!row.is_null(7)) key.revoked = instant(row.integer(7));
                       keys.push_back(std::move(key));
                     }));
  return keys;
}

Result<Key> insert_key(Database& database, const NewKey& wanted, std::string_view secret, Instant now) {
  TRY_ASSIGN(std::string tenant, tenant_named(database, wanted.tenant, now));
  TRY_ASSIGN(std::string project, project_named(database, tenant, wanted.project, now));
  Key key{.id = make_id("key", now),
          .name = wanted.name,
          .tenant = wanted.tenant,
          .project = wanted.project,
          .hint = hint_of(secret),
          .labels = wanted.labels,
          .created = now,
          .revoked = std::nullopt};
  Digest hash = digest_of(secret);
  TRY(database.run("INSERT INTO keys(id, project, name, hint, hash, labels, created) VALUES(?,?,?,?,?,?,?)",
                   {key.id, project, key.name, key.hint, Blob(hash), join(key.labels), to_micros(now)}));
  TRY(note_act(database, {.kind = audit::ActKind::key_created,
                          .at = to_rfc3339(now),
                          .tenant = tenant,
                          .about = key.id,
                          .says = key.name}));
  return key;
}

Result<> revoke_key(Database& database, std::string_view id_or_name, Instant now) {
  struct Match {
    std::string id, name, tenant;
  };
  std::vector<Match> matching;
  TRY(
      database.query("SELECT k.id, k.name, p.tenant FROM keys k JOIN projects p ON p.id = k.project "
                     "WHERE (k.id = ? OR k.name = ?) AND k.revoked IS NULL",
                     {id_or_name, id_or_name}, [&](const Database::Row& row) {
                       matching.push_back({.id = row.text(0), .name = row.text(1), .tenant = row.text(2)});
                     }));
  if (matching.empty()) {
    return fail(ErrorCode::not_found,
                std::format("No valid key is named {}. `entente keys list` shows them.", id_or_name));
  }
  if (matching.size() > 1) {
    return fail(ErrorCode::conflict,
                std::format("{} keys are named {}. Name the one you mean by its id, from `entente keys list`.",
                            matching.size(), id_or_name));
  }
  const Match& key = matching.front();
  TRY(database.run("UPDATE keys SET revoked = ? WHERE id = ?", {to_micros(now), key.id}));
  return note_act(database, {.kind = audit::ActKind::key_revoked,
                             .at = to_rfc3339(now),
                             .tenant = key.tenant,
                             .about = key.id,
                             .says = key.name});
}

Result<> insert_session(Database& database, std::string_view secret, std::string_view key, Instant now) {
  Digest hash = digest_of(secret);
  TRY(database.run("DELETE FROM sessions WHERE expires <= ?", {to_micros(now)}));
  return database.run("INSERT INTO sessions(hash, key, created, expires) VALUES(?, ?, ?, ?)",
                      {Blob(hash), key, to_micros(now), to_micros(now + session_life)});
}

}  // namespace entente::store
