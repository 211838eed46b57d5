#include "store/sqlite/schema.hpp"

#include <algorithm>
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
    // The journal of the transparency log: number - 1 is an entry's place in the log. Lanes: audit/entries/entry.hpp.
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
    // One row an entry of the log, appended and never changed: an intent, or the outcome of the intent it names. The
    // record (audit: what the entry commits to) is the only place of what is not looked for or added up. number - 1 is
    // the place in the log; attempts from before there was a log have numbers below 1 and no entry. settled: up to
    // where every intent has its outcome.
    R"sql(
    CREATE TABLE entries(
      number INTEGER PRIMARY KEY, intent INTEGER, request TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
      prompt_tokens INTEGER, cached_tokens INTEGER, completion_tokens INTEGER, reasoning_tokens INTEGER,
      cost_nano INTEGER, currency TEXT, entry TEXT, salt BLOB, record TEXT NOT NULL) STRICT;
    CREATE TABLE settled(number INTEGER NOT NULL) STRICT;
    CREATE TABLE numbers(attempt TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO numbers SELECT id, entry + 1 FROM attempts WHERE lane IS NOT NULL;
    INSERT INTO numbers SELECT id, -2 * row_number() OVER (ORDER BY at DESC, id DESC) FROM attempts WHERE lane IS NULL;
    INSERT INTO entries(number, request, key, at, entry, salt, record)
      SELECT n.number, a.request, a.key, a.at, j.entry, a.salt, coalesce(a.record, json_object('attempt', a.id,
        'decision', json(a.decision), 'deployment', a.deployment, 'key', a.key, 'model', a.model,
        'most_tokens', a.most_tokens, 'place', a.place, 'project', a.project, 'provider', a.provider,
        'request', a.request, 'reserved', json_object('currency', a.currency, 'nano', CAST(a.reserved_nano AS TEXT)),
        'tenant', a.tenant, 'work', a.kind))
      FROM attempts a JOIN numbers n ON n.attempt = a.id LEFT JOIN journal j ON j.number = n.number;
    INSERT INTO entries(number, intent, request, key, at, prompt_tokens, cached_tokens, completion_tokens,
        reasoning_tokens, cost_nano, currency, entry, salt, record)
      SELECT iif(n.number > 0, o.entry + 1, n.number + 1), n.number, a.request, a.key, o.at, o.prompt_tokens,
        o.cached_tokens, o.completion_tokens, o.reasoning_tokens, o.cost_nano, o.currency, j.entry,
        iif(n.number > 0, o.salt, NULL), coalesce(o.record, json_object('attempt', a.id, 'cost',
        json_object('currency', o.currency, 'nano', CAST(o.cost_nano AS TEXT)), 'duration_us', o.duration_us,
        'error', o.error, 'first_token_us', o.first_token_us, 'result', o.kind))
      FROM outcomes o JOIN attempts a ON a.id = o.attempt JOIN numbers n ON n.attempt = a.id
        LEFT JOIN journal j ON n.number > 0 AND j.number = o.entry + 1;
    INSERT INTO settled SELECT coalesce(min(number), 1) - 1 FROM entries;
    DROP TABLE numbers;
    DROP TABLE outcomes;
    DROP TABLE attempts;
    DROP TABLE journal;
    DROP TABLE lanes;
    CREATE INDEX entries_of_request ON entries(request);
    -- For people who ask the file: what was asked, and what came of it.
    CREATE VIEW attempts AS SELECT number, record->>'attempt' AS id, request, record->>'tenant' AS tenant,
      record->>'project' AS project, key, record->>'work' AS kind, record->>'model' AS model,
      record->>'deployment' AS deployment, record->>'provider' AS provider, record->>'place' AS place,
      record->'decision' AS decision, record->>'most_tokens' AS most_tokens,
      CAST(record->'reserved'->>'nano' AS INTEGER) AS reserved_nano, record->'reserved'->>'currency' AS currency, at
      FROM entries WHERE intent IS NULL;
    CREATE VIEW outcomes AS SELECT intent, record->>'attempt' AS attempt, record->>'result' AS kind,
      record->>'error' AS error, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_nano, currency,
      record->>'first_token_us' AS first_token_us, record->>'duration_us' AS duration_us, at
      FROM entries WHERE intent IS NOT NULL;
    )sql",
    // What the server went by, in the log: rows of `entries` whose intent is 0, and their texts. What was refused: rows
    // that are their own intent.
    R"sql(
    CREATE TABLE statements(
      number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, hash TEXT NOT NULL,
      text TEXT NOT NULL) STRICT;
    CREATE INDEX statements_of_subject ON statements(kind, subject);
    DROP VIEW outcomes;
    CREATE VIEW outcomes AS SELECT intent, record->>'attempt' AS attempt, record->>'result' AS kind,
      record->>'error' AS error, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_nano, currency,
      record->>'first_token_us' AS first_token_us, record->>'duration_us' AS duration_us, at
      FROM entries WHERE intent IS NOT NULL AND intent != 0 AND intent != number;
    CREATE VIEW refusals AS SELECT number, record->>'attempt' AS id, request, record->>'tenant' AS tenant,
      record->>'project' AS project, key, record->>'work' AS kind, record->>'model' AS model,
      record->>'error' AS error, record->'decision' AS decision, at FROM entries WHERE intent = number;
    )sql",
    // The candidates of a decision, which its record names by a root only, and the secret that their salts follow from.
    R"sql(
    ALTER TABLE entries ADD COLUMN candidates TEXT;
    ALTER TABLE entries ADD COLUMN secret BLOB;
    DROP VIEW attempts;
    CREATE VIEW attempts AS SELECT number, record->>'attempt' AS id, request, record->>'tenant' AS tenant,
      record->>'project' AS project, key, record->>'work' AS kind, record->>'model' AS model,
      record->>'deployment' AS deployment, record->>'provider' AS provider, record->>'place' AS place,
      record->'decision' AS decision, candidates, record->>'most_tokens' AS most_tokens,
      CAST(record->'reserved'->>'nano' AS INTEGER) AS reserved_nano, record->'reserved'->>'currency' AS currency, at
      FROM entries WHERE intent IS NULL;
    DROP VIEW refusals;
    CREATE VIEW refusals AS SELECT number, record->>'attempt' AS id, request, record->>'tenant' AS tenant,
      record->>'project' AS project, key, record->>'work' AS kind, record->>'model' AS model,
      record->>'error' AS error, record->'decision' AS decision, candidates, at FROM entries WHERE intent = number;
    )sql",
    // Heads of days: rows of `entries` whose intent is 0, with the record that is for one tenant. covered: up to where
    // every entry is of a day that has its heads.
    R"sql(
    CREATE TABLE heads(number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, day TEXT NOT NULL, record TEXT NOT NULL) STRICT;
    CREATE INDEX heads_of_day ON heads(tenant, day);
    CREATE TABLE covered(number INTEGER NOT NULL) STRICT;
    INSERT INTO covered VALUES(0);
    )sql",
    // Kept responses, the long texts last: who looks for the oldest does not read them. What each project takes is
    // counted as rows come and go, in the same transaction.
    R"sql(
    CREATE TABLE responses(
      id TEXT PRIMARY KEY, project TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, bytes INTEGER NOT NULL,
      body TEXT NOT NULL, input TEXT NOT NULL, conversation TEXT NOT NULL) STRICT;
    CREATE INDEX responses_of_project ON responses(project, id);
    CREATE INDEX responses_by_end ON responses(until);
    CREATE TABLE response_bytes(project TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TRIGGER response_came AFTER INSERT ON responses BEGIN
      INSERT INTO response_bytes VALUES(new.project, new.bytes)
        ON CONFLICT(project) DO UPDATE SET bytes = bytes + excluded.bytes;
    END;
    CREATE TRIGGER response_went AFTER DELETE ON responses BEGIN
      UPDATE response_bytes SET bytes = bytes - old.bytes WHERE project = old.project;
      DELETE FROM response_bytes WHERE project = old.project AND bytes <= 0;
    END;
    )sql",
    // Records lie sealed under the keys of the subjects whom they are about (subject_keys.hpp): `sealed`, and `record`
    // has what is added up of them. `erased`: the row of the erasure that let go of it. Erasures of a subject, or of
    // what was older than it may be (no subject); those without a number are still to be carried out. aged: up to where
    // every entry was looked at for its age.
    R"sql(
    ALTER TABLE entries ADD COLUMN subject INTEGER;
    ALTER TABLE entries ADD COLUMN sealed BLOB;
    ALTER TABLE entries ADD COLUMN erased INTEGER;
    CREATE INDEX entries_of_subject ON entries(subject) WHERE subject IS NOT NULL;
    ALTER TABLE responses ADD COLUMN subject INTEGER;
    CREATE TABLE erasures(
      id INTEGER PRIMARY KEY, subject INTEGER, tenant TEXT NOT NULL, ground TEXT NOT NULL, asked INTEGER NOT NULL,
      number INTEGER UNIQUE, record TEXT) STRICT;
    CREATE TABLE holds(subject INTEGER PRIMARY KEY, ground TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
    CREATE TABLE aged(number INTEGER NOT NULL) STRICT;
    INSERT INTO aged VALUES(0);
    )sql",
    // What the operator did; those without a number are still to be written into the log.
    R"sql(
    CREATE TABLE acts(id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, record TEXT NOT NULL, number INTEGER UNIQUE) STRICT;
    CREATE INDEX acts_of_tenant ON acts(tenant, number);
    )sql",
    // For who forgets subjects of whom nothing is left, and erases one.
    R"sql(
    CREATE INDEX responses_of_subject ON responses(subject) WHERE subject IS NOT NULL;
    CREATE INDEX erasures_of_subject ON erasures(subject) WHERE subject IS NOT NULL;
    )sql",
    // accounts: up to where every entry was looked at for what adds up of it.
    R"sql(
    ALTER TABLE aged ADD COLUMN accounts INTEGER NOT NULL DEFAULT 0;
    )sql",
};
constexpr std::int64_t newest = std::size(steps);

}  // namespace

Result<> migrate(Database& database, std::int64_t to) {
  if (to < 0) to = newest;
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
    for (std::int64_t step = version; step < to; ++step) TRY(database.script(steps[step]));
    return database.script(std::format("PRAGMA user_version={}", std::max(version, to)).c_str());
  };
  if (Result<> done = in_transaction(); !done) {
    (void)database.script("ROLLBACK");
    return done;
  }
  return database.script("COMMIT");
}

}  // namespace entente::store
