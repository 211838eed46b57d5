#include "store/sqlite/journal.hpp"

#include <algorithm>

#include "audit/canonical_json.hpp"
#include "audit/merkle.hpp"
#include "audit/statement.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "store/sealed_record.hpp"
#include "wire/json.hpp"

namespace entente::store {

namespace {

// An entry with what it commits to, as it stands in its row.
struct Sealed {
  audit::Salt salt = audit::new_salt();
  std::string text;
  Digest hash{};
};

Sealed seal(audit::Entry entry, std::string_view record) {
  Sealed sealed;
  entry.record = audit::commitment_to(sealed.salt, record);
  sealed.text = audit::entry_text(entry);
  sealed.hash = audit::hash_entry(sealed.text);
  return sealed;
}

// JSON texts as one.
std::string array_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) (out += out.size() > 1 ? "," : "") += text;
  return out + "]";
}

Result<> insert_outcome(Database& database, std::int64_t row, std::int64_t intent, std::string_view request,
                        std::string_view key, const Outcome& outcome, std::string_view record, const Sealed* sealed) {
  Value text = nullptr, salt = nullptr;
  if (sealed) {
    text = std::string_view(sealed->text);
    salt = Blob(sealed->salt);
  }
  return database.run(
      "INSERT INTO entries(number, intent, request, key, at, prompt_tokens, cached_tokens, completion_tokens, "
      "reasoning_tokens, cost_nano, currency, entry, salt, record) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {row, intent, request, key, to_micros(outcome.at), outcome.usage.prompt_tokens, outcome.usage.cached_tokens,
       outcome.usage.completion_tokens, outcome.usage.reasoning_tokens, outcome.cost.nano, outcome.cost.currency, text,
       salt, record});
}

}  // namespace

// Rows of the log count from 1; what is older than the log has numbers below that.
Result<> Journal::find_next_row(Database& database) {
  if (next_row_ > 0) return {};
  TRY_ASSIGN(auto last, database.integer("SELECT max(number) FROM entries"));
  next_row_ = std::max<std::int64_t>(last.value_or(0), 0) + 1;
  return {};
}

audit::Entry Journal::entry_of(audit::EntryKind kind, const std::string& attempt, Instant at, const Lane& lane) const {
  return {.kind = kind,
          .attempt = attempt,
          .lane = lane.id,
          .number = lane.numbers,
          .previous = lane.last,
          .record = {},
          .at = to_rfc3339(at)};
}

Journal::Lane& Journal::lane_of(const std::string& tenant, Instant now) {
  Lane& lane = lanes_[tenant];
  if (lane.id.empty()) lane.id = make_id("lan", now);
  return lane;
}

// Its row is its own intent: it runs never, and nothing is owed for it.
Result<> Journal::write_refusal(Database& database, const Refusal& refusal) {
  TRY(find_next_row(database));
  Lane& lane = lane_of(refusal.principal.tenant, refusal.at);
  audit::Entry entry = entry_of(audit::EntryKind::refusal, refusal.refusal, refusal.at, lane);
  ++entry.number;
  std::string record = record_of(refusal);
  Sealed sealed = seal(std::move(entry), record);
  std::string candidates = array_of(refusal.decision.candidates);
  TRY(
      database.run("INSERT INTO entries(number, intent, request, key, at, entry, salt, record, candidates, secret) "
                   "VALUES(?,?,?,?,?,?,?,?,?,?)",
                   {next_row_, next_row_, refusal.request, refusal.principal.key, to_micros(refusal.at), sealed.text,
                    Blob(sealed.salt), record, candidates, Blob(refusal.decision.secret)}));
  changes_.push_back({.attempt = refusal.refusal, .ended = std::nullopt, .lane = &lane, .before = lane});
  lane.numbers += 1;
  lane.last = sealed.hash;
  ++next_row_;
  return {};
}

Result<> Journal::write_intent(Database& database, const Intent& intent) {
  if (running_.contains(intent.attempt)) return fail(ErrorCode::conflict, "An attempt of that name runs already.");
  TRY(find_next_row(database));
  Lane& lane = lane_of(intent.principal.tenant, intent.at);
  audit::Entry entry = entry_of(audit::EntryKind::intent, intent.attempt, intent.at, lane);
  ++entry.number;
  std::string record = record_of(intent);
  Sealed sealed = seal(std::move(entry), record);
  std::string candidates = array_of(intent.decision.candidates);
  TRY(
      database.run("INSERT INTO entries(number, request, key, at, entry, salt, record, candidates, secret) "
                   "VALUES(?,?,?,?,?,?,?,?,?)",
                   {next_row_, intent.request, intent.principal.key, to_micros(intent.at), sealed.text,
                    Blob(sealed.salt), record, candidates, Blob(intent.decision.secret)}));
  changes_.push_back({.attempt = intent.attempt, .ended = std::nullopt, .lane = &lane, .before = lane});
  lane.numbers += 1;
  lane.last = sealed.hash;
  running_.emplace(intent.attempt, Running{.row = next_row_,
                                           .number = lane.numbers,
                                           .request = intent.request,
                                           .key = intent.principal.key,
                                           .lane = &lane});
  ++next_row_;
  return {};
}

Result<> Journal::write_outcome(Database& database, const Outcome& outcome) {
  auto found = running_.find(outcome.attempt);
  if (found == running_.end()) return fail(ErrorCode::not_found, "No attempt of that name runs.");
  TRY(find_next_row(database));
  const Running& running = found->second;
  std::string record = record_of(outcome);
  if (!running.lane) {
    TRY(insert_outcome(database, running.row + 1, running.row, running.request, running.key, outcome, record, nullptr));
    changes_.push_back({.attempt = outcome.attempt, .ended = running, .lane = nullptr, .before = {}});
    running_.erase(found);
    return {};
  }
  Lane& lane = *running.lane;
  audit::Entry entry = entry_of(audit::EntryKind::outcome, outcome.attempt, outcome.at, lane);
  entry.number = running.number;
  Sealed sealed = seal(std::move(entry), record);
  TRY(insert_outcome(database, next_row_, running.row, running.request, running.key, outcome, record, &sealed));
  changes_.push_back({.attempt = outcome.attempt, .ended = running, .lane = &lane, .before = lane});
  lane.last = sealed.hash;
  running_.erase(found);
  ++next_row_;
  return {};
}

Result<std::size_t> Journal::write_statements(Database& database, const std::vector<Stated>& all, Instant now) {
  TRY(find_next_row(database));
  std::size_t written = 0;
  for (const Stated& stated : all) {
    std::string last;
    TRY(database.query("SELECT text FROM statements WHERE kind = ? AND subject = ? ORDER BY number DESC LIMIT 1",
                       {audit::to_string(stated.kind), stated.subject},
                       [&](const Database::Row& row) { last = row.text(0); }));
    if (last == stated.text) continue;
    audit::Statement statement{.kind = stated.kind,
                               .subject = audit::subject_named(stated.subject),
                               .record = sha256(stated.text),
                               .at = to_rfc3339(now)};
    std::string entry = audit::statement_text(statement), hash = to_base64(statement.record);
    // It belongs to no intent, and to nobody's request.
    TRY(database.run("INSERT INTO entries(number, intent, request, key, at, entry, record) VALUES(?,0,'','',?,?,'{}')",
                     {next_row_, to_micros(now), entry}));
    TRY(database.run("INSERT INTO statements(number, kind, subject, hash, text) VALUES(?,?,?,?,?)",
                     {next_row_, audit::to_string(stated.kind), stated.subject, hash, stated.text}));
    ++next_row_;
    ++written;
  }
  return written;
}

void Journal::rolled_back() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->lane) *change->lane = std::move(change->before);
    if (change->ended) {
      running_.emplace(change->attempt, std::move(*change->ended));
    } else {
      running_.erase(change->attempt);
    }
  }
  changes_.clear();
  next_row_ = 0;
}

// The newest entry of each lane that has one in or behind the row `from`.
Result<std::unordered_map<std::string, Digest>> Journal::ends_of_lanes(Database& database, std::int64_t from) {
  std::unordered_map<std::string, Digest> ends;
  Result<> readable;
  TRY(database.query("SELECT entry FROM entries WHERE number >= ? AND entry IS NOT NULL ORDER BY number", {from},
                     [&](const Database::Row& row) {
                       std::string text = row.text(0);
                       if (audit::looks_like_statement(text) || audit::looks_like_day_head(text)) return;
                       auto entry = audit::parse_entry(text);
                       if (entry) {
                         ends[entry->lane] = audit::hash_entry(text);
                       } else {
                         readable = fail(std::move(entry.error()));
                       }
                     }));
  TRY(std::move(readable));
  return ends;
}

Result<std::size_t> Journal::settle_what_a_crash_left(Database& database, Instant now) {
  std::vector<Outcome> unknown;
  Result<> readable;
  TRY(database.query(
      "SELECT i.number, i.request, i.key, i.entry, i.record->>'attempt', i.record->'reserved'->>'currency' "
      "FROM entries i WHERE i.intent IS NULL AND i.number > (SELECT number FROM settled) AND NOT EXISTS "
      "(SELECT 1 FROM entries o WHERE o.request = i.request AND o.intent = i.number) ORDER BY i.number",
      {}, [&](const Database::Row& row) {
        Running running{.row = row.integer(0), .number = 0, .request = row.text(1), .key = row.text(2)};
        if (!row.is_null(3)) {
          auto entry = audit::parse_entry(row.text(3));
          if (!entry) return void(readable = fail(std::move(entry.error())));
          running.number = entry->number;
          running.lane = &lanes_[entry->lane];
          running.lane->id = entry->lane;
        }
        running_.emplace(row.text(4), std::move(running));
        unknown.push_back({.attempt = row.text(4),
                           .kind = OutcomeKind::unknown,
                           .error = "crash",
                           .cost = {.nano = 0, .currency = row.text(5)},
                           .at = now});
      }));
  TRY(std::move(readable));
  if (!unknown.empty()) {
    std::int64_t oldest = running_.at(unknown.front().attempt).row;
    TRY_ASSIGN(auto ends, ends_of_lanes(database, oldest));
    for (auto& [name, lane] : lanes_) lane.last = ends[lane.id];
  }
  for (const Outcome& outcome : unknown) TRY(write_outcome(database, outcome));
  TRY(database.run("UPDATE settled SET number = coalesce((SELECT max(number) FROM entries), number)"));
  return unknown.size();
}

Result<std::vector<std::string>> texts_in(std::string_view array) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(array));
  std::vector<std::string> texts;
  const auto* list = json.as<wire::Json::Array>();
  for (const wire::Json& one : list ? *list : wire::Json::Array{}) {
    TRY_ASSIGN(std::string text, audit::canonical_json(one));
    texts.push_back(std::move(text));
  }
  return texts;
}

namespace {

// The statements that a decision went by, as they stood before its intent. `candidates`: where the record does not have
// them itself.
Result<std::vector<SealedEntry>> read_stated(Database& database, const SealedEntry& intent,
                                             const std::vector<std::string>& candidates) {
  std::vector<SealedEntry> stated;
  auto find = [&](std::string_view kind, std::string_view subject, std::string_view hash) {
    return database.query(
        "SELECT s.number, e.entry, s.text FROM statements s JOIN entries e ON e.number = s.number WHERE s.kind = ? AND "
        "s.subject = ? AND s.hash = ? AND s.number <= ? ORDER BY s.number DESC LIMIT 1",
        {kind, subject, hash, intent.index}, [&](const Database::Row& row) {
          stated.push_back({.index = row.integer(0) - 1, .text = row.text(1), .record = row.text(2), .salt = {}});
        });
  };
  TRY_ASSIGN(wire::Json record, wire::parse_json(intent.record));
  const wire::Json* decision = record.find("decision");
  const std::string* policies = decision ? decision->text("policies") : nullptr;
  if (!policies) return stated;  // it is older than statements
  TRY(find("policies", "", *policies));
  auto find_of = [&](const wire::Json& one) -> Result<> {
    const std::string *deployment = one.text("deployment"), *facts = one.text("facts"), *terms = one.text("terms");
    if (deployment && facts) TRY(find("facts", *deployment, *facts));
    if (deployment && terms) TRY(find("terms", *deployment, *terms));
    return {};
  };
  const wire::Json::Array* in_clear = decision->array("candidates");
  for (const wire::Json& one : in_clear ? *in_clear : wire::Json::Array{}) TRY(find_of(one));
  for (const std::string& text : candidates) {
    TRY_ASSIGN(wire::Json one, wire::parse_json(text));
    TRY(find_of(one));
  }
  return stated;
}

}  // namespace

Result<std::vector<SealedAttempt>> read_sealed(Database& database, std::string_view request, std::string_view tenant) {
  std::vector<SealedAttempt> attempts;
  std::vector<std::int64_t> rows;                          // of the intents
  std::vector<std::pair<std::size_t, std::string>> lists;  // attempts with their candidates
  TRY(database.query(
      "SELECT number, intent, entry, record, salt, candidates, secret FROM entries WHERE request = ? AND entry IS NOT "
      "NULL AND "
      "coalesce((SELECT i.record FROM entries i WHERE i.number = entries.intent), record)->>'tenant' = ? "
      "ORDER BY number",
      {request, tenant}, [&](const Database::Row& row) {
        SealedEntry entry{
            .index = row.integer(0) - 1, .text = row.text(2), .record = row.text(3), .salt = row.bytes(4)};
        if (row.is_null(1) || row.integer(1) == row.integer(0)) {  // an intent, or a refusal
          rows.push_back(row.integer(0));
          attempts.emplace_back(std::move(entry));
          if (row.is_null(5)) return;
          lists.emplace_back(attempts.size() - 1, row.text(5));
          std::string secret = row.bytes(6);
          std::ranges::copy_n(secret.begin(), std::min(std::ssize(secret), std::ssize(attempts.back().secret)),
                              attempts.back().secret.begin());
        } else if (auto of = std::ranges::find(rows, row.integer(1)); of != rows.end()) {
          attempts[static_cast<std::size_t>(of - rows.begin())].outcome = std::move(entry);
        }
      }));
  for (const auto& [attempt, list] : lists) {
    TRY_ASSIGN(attempts[attempt].candidates, texts_in(list));
  }
  for (SealedAttempt& attempt : attempts) {
    TRY_ASSIGN(attempt.stated, read_stated(database, attempt.intent, attempt.candidates));
  }
  return attempts;
}

Result<std::vector<std::string>> read_journal(Database& database, std::uint64_t first, std::size_t most) {
  std::vector<std::string> entries;
  TRY(database.query("SELECT entry FROM entries WHERE number > ? ORDER BY number LIMIT ?",
                     {static_cast<std::int64_t>(first), static_cast<std::int64_t>(most)},
                     [&](const Database::Row& row) { entries.push_back(row.text(0)); }));
  return entries;
}

}  // namespace entente::store
