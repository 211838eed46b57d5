#include "store/sqlite/journal.hpp"

#include <algorithm>

#include "audit/merkle.hpp"
#include "base/id.hpp"
#include "store/sealed_record.hpp"

namespace entente::store {

namespace {

struct Sealed {
  std::int64_t entry = 0;  // its place in the log
  audit::Salt salt = audit::new_salt();
};

void take_hash(std::string_view bytes, Digest& into) {
  if (bytes.size() == into.size()) std::ranges::copy(bytes, into.begin());
}

// Writes the entry as its lane's next one; the commitment is to `record`.
Result<Sealed> append(Database& database, audit::Entry entry, std::string_view record) {
  Sealed sealed;
  entry.record = audit::commitment_to(sealed.salt, record);
  std::string text = audit::entry_text(entry);
  TRY(database.run("INSERT INTO journal(entry) VALUES(?)", {text}));
  sealed.entry = database.last_row() - 1;  // rows count from 1
  Digest hash = audit::hash_entry(text);
  TRY(database.run("UPDATE lanes SET last = ?, numbers = max(numbers, ?) WHERE id = ?",
                   {Blob(hash), entry.number, entry.lane}));
  return sealed;
}

// The tenant's lane in this run, its next number, and what stands before it.
Result<audit::Entry> next_in_lane(Database& database, const std::string& run, const Intent& intent) {
  audit::Entry entry{.kind = audit::EntryKind::intent, .attempt = intent.attempt, .lane = {}, .number = 1};
  TRY(database.query("SELECT id, numbers, last FROM lanes WHERE tenant = ? AND run = ?", {intent.principal.tenant, run},
                     [&](const Database::Row& row) {
                       entry.lane = row.text(0);
                       entry.number = row.integer(1) + 1;
                       take_hash(row.bytes(2), entry.previous);
                     }));
  if (entry.lane.empty()) {
    entry.lane = make_id("lan", intent.at);
    TRY(database.run("INSERT INTO lanes(id, tenant, run, numbers, last, begun) VALUES(?,?,?,0,x'',?)",
                     {entry.lane, intent.principal.tenant, run, to_micros(intent.at)}));
  }
  return entry;
}

}  // namespace

Result<> write_intent(Database& database, const std::string& run, const Intent& intent) {
  std::string record = record_of(intent);
  TRY_ASSIGN(audit::Entry entry, next_in_lane(database, run, intent));
  entry.at = to_rfc3339(intent.at);
  TRY_ASSIGN(Sealed sealed, append(database, entry, record));
  return database.run(
      "INSERT INTO attempts(id, request, tenant, project, key, kind, model, deployment, provider, place, "
      "decision, most_tokens, reserved_nano, currency, at, lane, number, entry, salt, record) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {intent.attempt,
       intent.request,
       intent.principal.tenant,
       intent.principal.project,
       intent.principal.key,
       intent.kind,
       intent.model,
       intent.deployment,
       intent.provider,
       intent.place,
       intent.decision,
       intent.most_tokens,
       intent.reserved.nano,
       intent.reserved.currency,
       to_micros(intent.at),
       entry.lane,
       entry.number,
       sealed.entry,
       Blob(sealed.salt),
       record});
}

Result<> write_outcome(Database& database, const Outcome& outcome) {
  audit::Entry entry{.kind = audit::EntryKind::outcome, .attempt = outcome.attempt, .lane = {}};
  TRY(database.query("SELECT l.id, a.number, l.last FROM attempts a JOIN lanes l ON l.id = a.lane WHERE a.id = ?",
                     {outcome.attempt}, [&](const Database::Row& row) {  // none: its intent is older than the journal
                       entry.lane = row.text(0);
                       entry.number = row.integer(1);
                       take_hash(row.bytes(2), entry.previous);
                     }));
  entry.at = to_rfc3339(outcome.at);
  std::string record = record_of(outcome);
  Sealed sealed;
  if (!entry.lane.empty()) {
    TRY_ASSIGN(sealed, append(database, entry, record));
  }
  return database.run(
      "INSERT INTO outcomes(attempt, kind, error, prompt_tokens, cached_tokens, completion_tokens, "
      "reasoning_tokens, cost_nano, currency, first_token_us, duration_us, at, entry, salt, record) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {outcome.attempt, to_string(outcome.kind), outcome.error, outcome.usage.prompt_tokens,
       outcome.usage.cached_tokens, outcome.usage.completion_tokens, outcome.usage.reasoning_tokens, outcome.cost.nano,
       outcome.cost.currency, outcome.first_token_us, outcome.duration_us, to_micros(outcome.at), sealed.entry,
       Blob(sealed.salt), record});
}

Result<std::vector<SealedAttempt>> read_sealed(Database& database, std::string_view request, std::string_view tenant) {
  std::vector<SealedAttempt> attempts;
  auto sealed = [](const Database::Row& row, int column) {
    return SealedEntry{.index = row.integer(column),
                       .text = row.text(column + 1),
                       .record = row.text(column + 2),
                       .salt = row.bytes(column + 3)};
  };
  TRY(database.query(
      "SELECT a.entry, i.entry, a.record, a.salt, o.entry, e.entry, o.record, o.salt FROM attempts a "
      "JOIN journal i ON i.number = a.entry + 1 LEFT JOIN outcomes o ON o.attempt = a.id "
      "LEFT JOIN journal e ON e.number = o.entry + 1 WHERE a.request = ? AND a.tenant = ? ORDER BY a.entry",
      {request, tenant}, [&](const Database::Row& row) {
        SealedAttempt& attempt = attempts.emplace_back(sealed(row, 0));
        if (!row.is_null(4)) attempt.outcome = sealed(row, 4);
      }));
  return attempts;
}

Result<std::vector<std::string>> read_journal(Database& database, std::uint64_t first, std::size_t most) {
  std::vector<std::string> entries;
  TRY(database.query("SELECT entry FROM journal WHERE number > ? ORDER BY number LIMIT ?",
                     {static_cast<std::int64_t>(first), static_cast<std::int64_t>(most)},
                     [&](const Database::Row& row) { entries.push_back(row.text(0)); }));
  return entries;
}

}  // namespace entente::store
