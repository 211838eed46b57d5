#include "store/sqlite/erasures.hpp"

#include <format>
#include <set>

#include "store/sealed_row.hpp"

namespace entente::store {

Result<std::int64_t> want_erasure(Database& database, std::int64_t subject, std::string_view tenant,
                                  std::string_view ground, Instant now) {
  std::optional<std::string> held;
  TRY(database.query("SELECT ground FROM holds WHERE subject = ?", {subject},
                     [&](const Database::Row& row) { held = row.text(0); }));
  if (held) {
    return fail({.code = ErrorCode::conflict,
                 .message = std::format("Nothing of this subject may be erased: it is held ({}). Release it first, "
                                        "with `entente subjects release`.",
                                        *held),
                 .reason = "legal_hold"});
  }
  TRY(database.run("INSERT INTO erasures(subject, tenant, ground, asked) VALUES(?,?,?,?)",
                   {subject, tenant, ground, to_micros(now)}));
  return database.last_row();
}

Result<std::vector<WantedErasure>> wanted_erasures(Database& database) {
  std::vector<WantedErasure> wanted;
  TRY(database.query(
      "SELECT id, subject, tenant, ground FROM erasures WHERE number IS NULL AND subject NOT IN "
      "(SELECT subject FROM holds) ORDER BY id",
      {}, [&](const Database::Row& row) {
        wanted.push_back(
            {.id = row.integer(0), .subject = row.integer(1), .tenant = row.text(2), .ground = row.text(3)});
      }));
  return wanted;
}

Result<std::vector<std::int64_t>> held_back(Database& database) {
  std::vector<std::int64_t> subjects;
  TRY(database.query("SELECT subject FROM erasures WHERE number IS NULL AND subject IN (SELECT subject FROM holds)", {},
                     [&](const Database::Row& row) { subjects.push_back(row.integer(0)); }));
  return subjects;
}

Result<> note_erasure(Database& database, std::int64_t id, std::int64_t number, const audit::ErasureRecord& record) {
  return database.run("UPDATE erasures SET number = ?, record = ? WHERE id = ?",
                      {number, audit::erasure_record_text(record), id});
}

Result<> note_retention(Database& database, std::int64_t number, const audit::ErasureRecord& record, Instant now) {
  return database.run("INSERT INTO erasures(tenant, ground, asked, number, record) VALUES(?,?,?,?,?)",
                      {record.tenant, record.ground, to_micros(now), number, audit::erasure_record_text(record)});
}

Result<std::optional<ErasureState>> erasure_state(Database& database, std::int64_t id) {
  std::optional<ErasureState> state;
  Result<> readable;
  TRY(database.query("SELECT number, record FROM erasures WHERE id = ?", {id}, [&](const Database::Row& row) {
    state.emplace();
    if (row.is_null(0)) return;
    state->index = row.integer(0) - 1;
    auto record = audit::parse_erasure_record(row.text(1));
    if (!record) return void(readable = fail(std::move(record.error())));
    state->erased = record->count();
  }));
  TRY(std::move(readable));
  return state;
}

Result<std::vector<std::int64_t>> erased_subjects(Database& database) {
  std::vector<std::int64_t> subjects;
  TRY(database.query("SELECT subject FROM erasures WHERE number IS NOT NULL AND subject IS NOT NULL", {},
                     [&](const Database::Row& row) { subjects.push_back(row.integer(0)); }));
  return subjects;
}

Result<std::vector<audit::EntrySpan>> entries_of(Database& database, std::int64_t subject) {
  std::vector<audit::EntrySpan> spans;
  TRY(database.query("SELECT number FROM entries WHERE subject = ? AND sealed IS NOT NULL ORDER BY number", {subject},
                     [&](const Database::Row& row) { audit::add_entry(spans, row.integer(0) - 1); }));
  return spans;
}

// Entries come in the order of their times, but for a clock that was set back: the first that is young enough, or still
// runs, ends it. What is too old is a request's attempt: its outcome goes with its intent.
Result<Aged> aged_entries(Database& database, Instant before, std::int64_t most) {
  Aged aged;
  TRY_ASSIGN(auto looked_at, database.integer("SELECT number FROM aged"));
  aged.looked_at = looked_at.value_or(0);
  std::int64_t rows = 0;
  bool young = false;
  std::map<std::string, std::set<std::int64_t>> entries;
  TRY(database.query(
      "SELECT e.number, e.at, p.tenant, e.sealed IS NOT NULL AND h.subject IS NULL, e.intent, "
      "(SELECT o.number FROM entries o WHERE o.request = e.request AND o.intent = e.number AND o.number != e.number) "
      "FROM entries e LEFT JOIN keys k ON k.id = e.key LEFT JOIN projects p ON p.id = k.project "
      "LEFT JOIN holds h ON h.subject = e.subject WHERE e.number > ? ORDER BY e.number LIMIT ?",
      {aged.looked_at, most}, [&](const Database::Row& row) {
        ++rows;
        bool intent = row.is_null(4), refusal = !intent && row.integer(4) == row.integer(0);
        young = young || row.integer(1) >= to_micros(before) || (intent && row.is_null(5));
        if (young) return;
        aged.looked_at = row.integer(0);
        if (row.integer(3) == 0 || !(intent || refusal)) return;
        std::set<std::int64_t>& of_tenant = entries[row.text(2)];
        of_tenant.insert(row.integer(0));
        if (intent) of_tenant.insert(row.integer(5));
      }));
  for (const auto& [tenant, numbers] : entries) {
    for (std::int64_t number : numbers) audit::add_entry(aged.entries[tenant], number - 1);
  }
  aged.done = young || rows < most;
  return aged;
}

Result<> note_aged(Database& database, const Aged& aged) {
  return database.run("UPDATE aged SET number = ?", {aged.looked_at});
}

// An attempt as a whole, once its record is gone: its rows keep their entries, times and the erasure. The name that
// takes the request's place means nothing, and is another for each attempt.
Result<LetGo> drop_accounts(Database& database, Instant before, std::int64_t most) {
  struct Attempt {
    std::int64_t number;
    std::string request;
  };
  LetGo went;
  TRY_ASSIGN(auto looked_at, database.integer("SELECT accounts FROM aged"));
  std::int64_t rows = 0, last = looked_at.value_or(0);
  std::vector<Attempt> old;
  bool young = false;
  TRY(
      database.query("SELECT number, at, request, erased IS NOT NULL AND key != '' AND (intent IS NULL OR intent = "
                     "number) FROM entries "
                     "WHERE number > ? AND number <= (SELECT number FROM aged) ORDER BY number LIMIT ?",
                     {last, most}, [&](const Database::Row& row) {
                       ++rows;
                       young = young || row.integer(1) >= to_micros(before);
                       if (young) return;
                       last = row.integer(0);
                       if (row.integer(3) != 0) old.push_back({row.integer(0), row.text(2)});
                     }));
  for (const Attempt& attempt : old) {
    TRY(database.run(
        "UPDATE entries SET request = 'gone-' || ?1, key = '', record = '{}', subject = NULL, prompt_tokens = NULL, "
        "cached_tokens = NULL, completion_tokens = NULL, reasoning_tokens = NULL, cost_nano = NULL, currency = NULL "
        "WHERE (number = ?1 OR (request = ?2 AND intent = ?1)) AND erased IS NOT NULL",
        {attempt.number, attempt.request}));
    went.entries += static_cast<std::size_t>(database.changes());
  }
  went.done = young || rows < most;
  TRY(database.run("UPDATE aged SET accounts = ?", {last}));
  return went;
}

Result<> hold_subject(Database& database, std::int64_t subject, std::string_view ground, Instant now) {
  TRY_ASSIGN(bool needed, is_needed(database, subject));
  if (!needed) return fail(ErrorCode::not_found, "Nothing is recorded of this subject any more: nothing can be held.");
  return database.run(
      "INSERT INTO holds VALUES(?,?,?) ON CONFLICT(subject) DO UPDATE SET ground = excluded.ground, since = "
      "excluded.since",
      {subject, ground, to_micros(now)});
}

Result<> release_subject(Database& database, std::int64_t subject) {
  TRY(database.run("DELETE FROM holds WHERE subject = ?", {subject}));
  if (database.changes() == 0) return fail(ErrorCode::not_found, "Nothing of this subject is held.");
  return database.run("UPDATE aged SET number = 0, accounts = 0");
}

Result<std::vector<std::int64_t>> subjects_without_entries(Database& database, const SubjectKeys& subjects) {
  std::set<std::int64_t> needed;
  TRY(
      database.query("SELECT subject FROM entries WHERE subject IS NOT NULL AND sealed IS NOT NULL UNION "
                     "SELECT subject FROM responses WHERE subject IS NOT NULL UNION SELECT subject FROM holds UNION "
                     "SELECT subject FROM erasures WHERE number IS NULL AND subject IS NOT NULL",
                     {}, [&](const Database::Row& row) { needed.insert(row.integer(0)); }));
  std::vector<std::int64_t> unneeded;
  for (const auto& [number, subject] : subjects.all()) {
    if (!needed.contains(number)) unneeded.push_back(number);
  }
  return unneeded;
}

Result<bool> is_needed(Database& database, std::int64_t subject) {
  TRY_ASSIGN(auto needed,
             database.integer("SELECT EXISTS (SELECT 1 FROM entries WHERE subject = ?1 AND sealed IS NOT NULL) OR "
                              "EXISTS (SELECT 1 FROM responses WHERE subject = ?1) OR "
                              "EXISTS (SELECT 1 FROM holds WHERE subject = ?1) OR "
                              "EXISTS (SELECT 1 FROM erasures WHERE subject = ?1 AND number IS NULL)",
                              {subject}));
  return needed.value_or(1) != 0;
}

Result<std::vector<SubjectRow>> list_subjects(Database& database, const SubjectKeys& subjects) {
  std::map<std::int64_t, std::int64_t> entries;
  TRY(database.query("SELECT subject, count(sealed) FROM entries WHERE subject IS NOT NULL GROUP BY subject", {},
                     [&](const Database::Row& row) { entries[row.integer(0)] = row.integer(1); }));
  std::map<std::int64_t, std::string> holds;
  TRY(database.query("SELECT subject, ground FROM holds", {},
                     [&](const Database::Row& row) { holds[row.integer(0)] = row.text(1); }));
  std::map<std::string, std::string> names;  // of tenants and keys, by id
  TRY(database.query("SELECT id, name FROM tenants UNION ALL SELECT id, name FROM keys", {},
                     [&](const Database::Row& row) { names[row.text(0)] = row.text(1); }));
  std::vector<SubjectRow> rows;
  for (const auto& [number, subject] : subjects.all()) {
    SubjectRow& row = rows.emplace_back();
    row.number = number;
    row.subject = subject;
    row.tenant = names[subject.tenant];
    row.name = subject.kind == Subject::Kind::person ? subject.name : names[subject.name];
    row.entries = entries[number];
    if (auto held = holds.find(number); held != holds.end()) row.held = held->second;
  }
  return rows;
}

Result<std::vector<SealedEntry>> read_erasures(Database& database, std::string_view tenant,
                                               std::optional<std::int64_t> index) {
  std::vector<SealedEntry> found;
  auto each = [&](const Database::Row& row) {
    found.push_back(
        {.index = row.integer(0) - 1, .text = row.text(1), .record = row.text(2), .salt = salt_in(row.bytes(3))});
  };
  if (index) {
    TRY(
        database.query("SELECT x.number, e.entry, x.record, e.salt FROM erasures x JOIN entries e ON e.number = "
                       "x.number WHERE x.tenant = ? AND x.number = ?",
                       {tenant, *index + 1}, each));
  } else {
    TRY(
        database.query("SELECT x.number, e.entry, x.record, e.salt FROM erasures x JOIN entries e ON e.number = "
                       "x.number WHERE x.tenant = ? ORDER BY x.number",
                       {tenant}, each));
  }
  return found;
}

}  // namespace entente::store
