#include "store/sqlite/sealed_rows.hpp"

#include <algorithm>
#include <format>

#include "audit/forms/canonical_json.hpp"
#include "wire/json.hpp"

namespace entente::store {

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

Error erased(std::int64_t by, Instant at) {
  return {.code = ErrorCode::not_found,
          .message = std::format("What was recorded of that request was erased on {}, as entry {} of the log says: "
                                 "GET /v1/erasures/{} shows it.",
                                 to_rfc3339(at).substr(0, 10), by, by),
          .reason = "erased"};
}

}  // namespace

Result<std::optional<RowContent>> content_of(const Database::Row& row, int column, const SubjectKeys& subjects) {
  if (row.is_null(column + 5)) {  // from before records were sealed
    return RowContent{.salt = salt_in(row.bytes(column + 2)),
                      .secret = salt_in(row.bytes(column + 4)),
                      .record = row.text(column + 1),
                      .candidates = row.text(column + 3)};
  }
  if (row.is_null(column + 6)) return std::nullopt;
  auto opened = subjects.unseal(row.integer(column + 5), row.bytes(column + 6), row.text(column));
  if (!opened && opened.error().code != ErrorCode::not_found) {
    return fail({.code = ErrorCode::internal,
                 .message = "What was recorded of that request was changed in the store: it does not open with the key "
                            "of its subject.",
                 .details = opened.error().message});
  }
  if (!opened) {
    return fail({.code = ErrorCode::not_found,
                 .message = "What was recorded of that request cannot be read: the key of its subject is not in the "
                            "folder 'subjects'. Put it back with `entente subjects restore`.",
                 .reason = "subject_key_missing",
                 .details = opened.error().message});
  }
  return unpack(*opened);
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

Result<std::vector<SealedAttempt>> read_sealed(Database& database, const SubjectKeys& subjects,
                                               std::string_view request, std::string_view tenant) {
  std::vector<SealedAttempt> attempts;
  std::vector<std::int64_t> rows;                          // of the intents
  std::vector<std::pair<std::size_t, std::string>> lists;  // attempts with their candidates
  Result<> readable;
  std::optional<Error> gone;
  TRY(database.query(
      "SELECT e.number, e.intent, e.entry, e.record, e.salt, e.candidates, e.secret, e.subject, e.sealed, "
      "coalesce(x.number - 1, -1), coalesce(x.at, 0) FROM entries e LEFT JOIN entries x ON x.number = e.erased "
      "WHERE e.request = ? AND e.entry IS NOT NULL AND "
      "coalesce((SELECT i.record FROM entries i WHERE i.number = e.intent), e.record)->>'tenant' = ? "
      "ORDER BY e.number",
      {request, tenant}, [&](const Database::Row& row) {
        if (!readable) return;
        auto content = content_of(row, 2, subjects);
        if (!content && content.error().code == ErrorCode::not_found) return void(gone = std::move(content.error()));
        if (!content) return void(readable = fail(std::move(content.error())));
        if (!*content) return void(gone = erased(row.integer(9), Instant(std::chrono::microseconds(row.integer(10)))));
        SealedEntry entry{.index = row.integer(0) - 1,
                          .text = row.text(2),
                          .record = std::move((*content)->record),
                          .salt = (*content)->salt};
        if (row.is_null(1) || row.integer(1) == row.integer(0)) {  // an intent, or a refusal
          rows.push_back(row.integer(0));
          attempts.emplace_back(std::move(entry));
          attempts.back().secret = (*content)->secret;
          if (!(*content)->candidates.empty())
            lists.emplace_back(attempts.size() - 1, std::move((*content)->candidates));
        } else if (auto of = std::ranges::find(rows, row.integer(1)); of != rows.end()) {
          attempts[static_cast<std::size_t>(of - rows.begin())].outcome = std::move(entry);
        }
      }));
  TRY(std::move(readable));
  if (attempts.empty() && gone) return fail(*std::move(gone));
  for (const auto& [attempt, list] : lists) {
    TRY_ASSIGN(attempts[attempt].candidates, texts_in(list));
  }
  for (SealedAttempt& attempt : attempts) {
    TRY_ASSIGN(attempt.stated, read_stated(database, attempt.intent, attempt.candidates));
  }
  return attempts;
}

Result<std::vector<std::string>> read_requests(Database& database, std::string_view tenant, Instant from, Instant to) {
  std::vector<std::string> requests;
  TRY(database.query(
      "SELECT e.request FROM entries e JOIN keys k ON k.id = e.key JOIN projects p ON p.id = k.project "
      "WHERE p.tenant = ? AND e.at >= ? AND e.at < ? AND e.entry IS NOT NULL AND e.erased IS NULL "
      "GROUP BY e.request ORDER BY min(e.number)",
      {tenant, to_micros(from), to_micros(to)}, [&](const Database::Row& row) { requests.push_back(row.text(0)); }));
  return requests;
}

Result<std::vector<std::string>> read_journal(Database& database, std::uint64_t first, std::size_t most) {
  std::vector<std::string> entries;
  TRY(database.query("SELECT entry FROM entries WHERE number > ? ORDER BY number LIMIT ?",
                     {static_cast<std::int64_t>(first), static_cast<std::int64_t>(most)},
                     [&](const Database::Row& row) { entries.push_back(row.text(0)); }));
  return entries;
}

// Entries come in the order of their times, but for a clock that was set back.
Result<std::uint64_t> entries_before(Database& database, Instant time) {
  TRY_ASSIGN(auto newest, database.integer("SELECT max(number) FROM entries"));
  std::int64_t first = 1, end = std::max<std::int64_t>(newest.value_or(0), 0) + 1;  // of the rows that may be younger
  while (first < end) {
    std::int64_t middle = first + (end - first) / 2;
    TRY_ASSIGN(auto at, database.integer("SELECT at FROM entries WHERE number >= ? ORDER BY number LIMIT 1", {middle}));
    if (at && *at < to_micros(time)) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return static_cast<std::uint64_t>(first - 1);
}

}  // namespace entente::store
