#include "store/sqlite/schema.hpp"

#include <format>

namespace entente::store {

namespace {

// Each step brings the schema from its index to the next; a step that was released is never changed, only followed.
// Times are microseconds since 1970, money nano-units; hashes are SHA-256 of secrets with 192 random bits.
constexpr const char* steps[] = {
    R"sql(
    CREATE TABLE tenants(
      id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;
    CREATE TABLE projects(
      id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants(id), name TEXT NOT NULL, created INTEGER NOT NULL,
      UNIQUE(tenant, name)) STRICT;
    CREATE TABLE keys(
      id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES projects(id), name TEXT NOT NULL, hint TEXT NOT NULL,
      hash BLOB NOT NULL UNIQUE, labels TEXT NOT NULL, created INTEGER NOT NULL, revoked INTEGER) STRICT;
    CREATE UNIQUE INDEX live_key_names ON keys(project, name) WHERE revoked IS NULL;
    CREATE TABLE links(
      hash BLOB PRIMARY KEY, key TEXT NOT NULL REFERENCES keys(id), expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions(
      hash BLOB PRIMARY KEY, key TEXT NOT NULL REFERENCES keys(id), created INTEGER NOT NULL,
      expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE attempts(
      id TEXT PRIMARY KEY, request TEXT NOT NULL, tenant TEXT NOT NULL, project TEXT NOT NULL, key TEXT NOT NULL,
      kind TEXT NOT NULL, model TEXT NOT NULL, deployment TEXT NOT NULL, provider TEXT NOT NULL, place TEXT NOT NULL,
      decision TEXT NOT NULL, most_tokens INTEGER NOT NULL, reserved_nano INTEGER NOT NULL, currency TEXT NOT NULL,
      at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE outcomes(
      attempt TEXT PRIMARY KEY REFERENCES attempts(id), kind TEXT NOT NULL, error TEXT NOT NULL,
      prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
      reasoning_tokens INTEGER NOT NULL, cost_nano INTEGER NOT NULL, currency TEXT NOT NULL,
      first_token_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    )sql",
    // The journal of the transparency log: number - 1 is an entry's place in the log. Lanes: audit/entry.hpp.
    R"sql(
    CREATE TABLE journal(number INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
    CREATE TABLE lanes(
      id TEXT PRIMARY KEY, tenant TEXT NOT NULL, run TEXT NOT NULL, numbers INTEGER NOT NULL, last BLOB NOT NULL,
      begun INTEGER NOT NULL, UNIQUE(tenant, run)) STRICT, WITHOUT ROWID;
    ALTER TABLE attempts ADD COLUMN lane TEXT;
    ALTER TABLE attempts ADD COLUMN number INTEGER;
    ALTER TABLE attempts ADD COLUMN entry INTEGER;
    ALTER TABLE attempts ADD COLUMN salt BLOB;
    ALTER TABLE attempts ADD COLUMN record TEXT;
    ALTER TABLE outcomes ADD COLUMN entry INTEGER;
    ALTER TABLE outcomes ADD COLUMN salt BLOB;
    ALTER TABLE outcomes ADD COLUMN record TEXT;
    CREATE INDEX attempts_of_request ON attempts(request);
    )sql",
};
constexpr std::int64_t newest = std::size(steps);

}  // namespace

Result<> migrate(Database& database) {
  TRY(database.script("BEGIN IMMEDIATE"));
  auto in_transaction = [&]() -> Result<> {
    TRY_ASSIGN(auto found, database.integer("PRAGMA user_version"));
    std::int64_t version = found.value_or(0);
    if (version > newest) {
      return fail(
          ErrorCode::unavailable,
          std::format("The store was written by a newer Entente (schema {}, this one knows {}). Start that version.",
                      version, newest));
    }
    for (std::int64_t step = version; step < newest; ++step) TRY(database.script(steps[step]));
    return database.script(std::format("PRAGMA user_version={}", newest).c_str());
  };
  if (Result<> done = in_transaction(); !done) {
    (void)database.script("ROLLBACK");
    return done;
  }
  return database.script("COMMIT");
}

}  // namespace entente::store
