#include "store/sqlite/journal.hpp"

#include <algorithm>

#include "audit/entries/line_kind.hpp"
#include "audit/entries/statement.hpp"
#include "audit/receipts/act.hpp"
#include "audit/tree/merkle.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "store/sealed_record.hpp"
#include "store/sealed_row.hpp"

namespace entente::store {

namespace {

// An entry with what it commits to.
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
  TRY_ASSIGN(std::int64_t subject, number_for(refusal.request, subject_of(refusal.principal, refusal.person)));
  TRY_ASSIGN(std::string content, seal_content(subject, sealed.text, sealed.salt, std::move(record), refusal.decision));
  TRY(
      database.run("INSERT INTO entries(number, intent, request, key, at, entry, record, subject, sealed) "
                   "VALUES(?,?,?,?,?,?,?,?,?)",
                   {next_row_, next_row_, refusal.request, refusal.principal.key, to_micros(refusal.at), sealed.text,
                    counted_of(refusal), subject, as_bytes(content)}));
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
  TRY_ASSIGN(std::int64_t subject, number_for(intent.request, subject_of(intent.principal, intent.person)));
  TRY_ASSIGN(std::string content, seal_content(subject, sealed.text, sealed.salt, std::move(record), intent.decision));
  TRY(
      database.run("INSERT INTO entries(number, request, key, at, entry, record, subject, sealed) "
                   "VALUES(?,?,?,?,?,?,?,?)",
                   {next_row_, intent.request, intent.principal.key, to_micros(intent.at), sealed.text,
                    counted_of(intent), subject, as_bytes(content)}));
  changes_.push_back({.attempt = intent.attempt, .ended = std::nullopt, .lane = &lane, .before = lane});
  lane.numbers += 1;
  lane.last = sealed.hash;
  running_.emplace(intent.attempt, Running{.row = next_row_,
                                           .number = lane.numbers,
                                           .request = intent.request,
                                           .key = intent.principal.key,
                                           .subject = subject,
                                           .lane = &lane});
  ++next_row_;
  return {};
}

// Its record is sealed as its intent's is.
Result<> Journal::write_outcome(Database& database, const Outcome& outcome) {
  auto found = running_.find(outcome.attempt);
  if (found == running_.end()) return fail(ErrorCode::not_found, "No attempt of that name runs.");
  TRY(find_next_row(database));
  const Running& running = found->second;
  std::string record = record_of(outcome);
  if (!running.lane) {
    TRY(insert_outcome(database, running.row + 1, running, outcome, record, {}));
    changes_.push_back({.attempt = outcome.attempt, .ended = running, .lane = nullptr, .before = {}});
    running_.erase(found);
    return {};
  }
  Lane& lane = *running.lane;
  audit::Entry entry = entry_of(audit::EntryKind::outcome, outcome.attempt, outcome.at, lane);
  entry.number = running.number;
  Sealed sealed = seal(std::move(entry), record);
  OutcomeRow row{.entry = sealed.text, .salt = Blob(sealed.salt)};
  std::string content;
  if (running.subject) {
    TRY_ASSIGN(content, seal_content(*running.subject, sealed.text, sealed.salt, std::move(record), {}));
    record = counted_of(outcome);
    row = {.entry = sealed.text, .salt = nullptr, .subject = *running.subject, .sealed = as_bytes(content)};
  }
  TRY(insert_outcome(database, next_row_, running, outcome, record, row));
  changes_.push_back({.attempt = outcome.attempt, .ended = running, .lane = &lane, .before = lane});
  lane.last = sealed.hash;
  running_.erase(found);
  ++next_row_;
  return {};
}

Result<> Journal::insert_outcome(Database& database, std::int64_t number, const Running& running,
                                 const Outcome& outcome, std::string_view record, const OutcomeRow& row) {
  return database.run(
      "INSERT INTO entries(number, intent, request, key, at, prompt_tokens, cached_tokens, completion_tokens, "
      "reasoning_tokens, cost_nano, currency, entry, salt, record, subject, sealed) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {number, running.row, running.request, running.key, to_micros(outcome.at), outcome.usage.prompt_tokens,
       outcome.usage.cached_tokens, outcome.usage.completion_tokens, outcome.usage.reasoning_tokens, outcome.cost.nano,
       outcome.cost.currency, row.entry, row.salt, record, row.subject, row.sealed});
}

Result<std::string> Journal::seal_content(std::int64_t subject, std::string_view entry, const audit::Salt& salt,
                                          std::string record, const Decided& decision) const {
  RowContent content{.salt = salt, .secret = decision.secret, .record = std::move(record), .candidates = {}};
  if (!decision.text.empty()) content.candidates = array_of(decision.candidates);
  return subjects_.seal(subject, pack(content), entry);
}

Result<> Journal::write_statements(Database& database, const std::vector<Stated>& all, Instant now) {
  TRY(find_next_row(database));
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
    TRY_ASSIGN(std::int64_t number, insert_apart(database, entry, nullptr, now));
    TRY(database.run("INSERT INTO statements(number, kind, subject, hash, text) VALUES(?,?,?,?,?)",
                     {number, audit::to_string(stated.kind), stated.subject, hash, stated.text}));
  }
  return {};
}

Result<std::int64_t> Journal::number_for(const std::string& request, const Subject& subject) {
  if (subjects_.is_retired(subject)) {
    for (const auto& [attempt, running] : running_) {
      if (running.request == request && running.subject) return *running.subject;
    }
  }
  return subjects_.number_of(subject);
}

bool Journal::runs(std::int64_t subject) const {
  return std::ranges::any_of(running_, [&](const auto& one) { return one.second.subject == subject; });
}

Result<std::int64_t> Journal::write_erasure(Database& database, const audit::ErasureRecord& record, Instant now) {
  TRY(find_next_row(database));
  audit::Salt salt = audit::new_salt();
  std::string entry = audit::erasure_text({.erased = record.count(),
                                           .record = audit::commitment_to(salt, audit::erasure_record_text(record)),
                                           .at = to_rfc3339(now)});
  TRY_ASSIGN(std::int64_t number, insert_apart(database, entry, Blob(salt), now));
  for (const audit::EntrySpan& span : record.entries) {
    TRY(database.run("UPDATE entries SET sealed = NULL, erased = ? WHERE number BETWEEN ? AND ?",
                     {number, span.first + 1, span.last + 1}));
  }
  return number;
}

Result<std::int64_t> Journal::write_act(Database& database, std::string_view record, Instant now) {
  TRY(find_next_row(database));
  audit::Salt salt = audit::new_salt();
  std::string entry = audit::act_text({.record = audit::commitment_to(salt, record), .at = to_rfc3339(now)});
  return insert_apart(database, entry, Blob(salt), now);
}

// What belongs to no intent, and to nobody's request: the row that it got.
Result<std::int64_t> Journal::insert_apart(Database& database, std::string_view entry, const Value& salt, Instant now) {
  TRY(database.run(
      "INSERT INTO entries(number, intent, request, key, at, entry, salt, record) VALUES(?,0,'','',?,?,?,'{}')",
      {next_row_, to_micros(now), entry, salt}));
  return next_row_++;
}

void Journal::committed() {
  changes_.clear();
  if (next_row_ > 0) newest_.store(next_row_ - 1, std::memory_order_relaxed);
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
                       if (audit::kind_of_line(text) != audit::LineKind::entry) return;
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
      "SELECT i.number, i.request, i.key, i.entry, i.record->>'attempt', i.record->'reserved'->>'currency', i.subject "
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
          if (!row.is_null(6) && subjects_.has(row.integer(6))) running.subject = row.integer(6);
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

}  // namespace entente::store
