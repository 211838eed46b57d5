#include "store/sqlite/reports.hpp"

#include "store/sqlite/sealed_rows.hpp"

namespace entente::store {

namespace {

// Rows of one key that differ only in currency become one, with a sum for each currency.
void add_usage(std::vector<UsageRow>& rows, const Database::Row& row) {
  UsageRow next{.tenant = row.text(0), .project = row.text(1), .key = row.text(2)};
  bool same = !rows.empty() && rows.back().tenant == next.tenant && rows.back().project == next.project &&
              rows.back().key == next.key;
  if (!same) rows.push_back(std::move(next));
  UsageRow& sum = rows.back();
  sum.attempts += row.integer(3);
  sum.usage.prompt_tokens += row.integer(4);
  sum.usage.cached_tokens += row.integer(5);
  sum.usage.completion_tokens += row.integer(6);
  sum.usage.reasoning_tokens += row.integer(7);
  if (std::string currency = row.text(9); !currency.empty()) sum.costs.push_back({row.integer(8), std::move(currency)});
}

}  // namespace

Result<std::vector<UsageRow>> read_usage(Database& database, Instant from, Instant to) {
  std::vector<UsageRow> rows;
  TRY(database.query(
      "SELECT t.name, p.name, k.name, count(*), sum(o.prompt_tokens), sum(o.cached_tokens), "
      "sum(o.completion_tokens), sum(o.reasoning_tokens), sum(o.cost_nano), o.currency "
      "FROM entries o "
      "JOIN keys k ON k.id = o.key JOIN projects p ON p.id = k.project JOIN tenants t ON t.id = p.tenant "
      "WHERE o.intent IS NOT NULL AND o.intent != o.number AND o.at >= ? AND o.at < ? "
      "GROUP BY o.key, o.currency ORDER BY 1, 2, 3, 10",
      {to_micros(from), to_micros(to)}, [&](const Database::Row& row) { add_usage(rows, row); }));
  return rows;
}

Result<std::vector<Spent>> read_spent(Database& database, Instant day, Instant month) {
  std::vector<Spent> rows;
  TRY(database.query(
      "WITH ended AS (SELECT o.key, o.at, o.currency, "
      "iif(o.cost_nano = 0 AND o.prompt_tokens = 0 AND o.record->>'result' = 'unknown', "
      "(SELECT CAST(i.record->'reserved'->>'nano' AS INTEGER) FROM entries i WHERE i.number = o.intent), "
      "o.cost_nano) AS nano "
      "FROM entries o "
      "WHERE o.at >= ? AND o.intent IS NOT NULL AND o.intent != 0 AND o.intent != o.number AND o.currency != '') "
      "SELECT t.id, p.id, k.id, t.name, p.name, k.name, e.currency, sum(iif(e.at >= ?, e.nano, 0)), sum(e.nano) "
      "FROM ended e "
      "JOIN keys k ON k.id = e.key JOIN projects p ON p.id = k.project JOIN tenants t ON t.id = p.tenant "
      "GROUP BY e.key, e.currency",
      {to_micros(month), to_micros(day)}, [&](const Database::Row& row) {
        rows.push_back({.who = {.tenant = row.text(0),
                                .project = row.text(1),
                                .key = row.text(2),
                                .tenant_name = row.text(3),
                                .project_name = row.text(4),
                                .key_name = row.text(5)},
                        .currency = row.text(6),
                        .today = row.integer(7),
                        .this_month = row.integer(8)});
      }));
  return rows;
}

Result<std::vector<Processed>> read_processed(Database& database, Instant from, Instant to) {
  std::vector<Processed> rows;
  TRY(database.query(
      "SELECT coalesce(t.name, ''), coalesce(p.name, ''), i.record->>'deployment' AS d, i.record->>'provider', "
      "i.record->>'place', count(*), coalesce(sum(o.prompt_tokens), 0), coalesce(sum(o.completion_tokens), 0), "
      "min(i.at), max(i.at) "
      "FROM entries i LEFT JOIN entries o ON o.request = i.request AND o.intent = i.number "
      "LEFT JOIN keys k ON k.id = i.key LEFT JOIN projects p ON p.id = k.project "
      "LEFT JOIN tenants t ON t.id = p.tenant "
      "WHERE i.intent IS NULL AND i.key != '' AND i.at >= ? AND i.at < ? "
      "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
      {to_micros(from), to_micros(to)}, [&](const Database::Row& row) {
        auto at = [&](int column) { return Instant(std::chrono::microseconds(row.integer(column))); };
        rows.push_back({.tenant = row.text(0),
                        .project = row.text(1),
                        .deployment = row.text(2),
                        .provider = row.text(3),
                        .place = row.text(4),
                        .labels = {},
                        .attempts = row.integer(5),
                        .prompt_tokens = row.integer(6),
                        .completion_tokens = row.integer(7),
                        .first = at(8),
                        .last = at(9)});
      }));
  TRY(database.query(
      "SELECT DISTINCT coalesce(t.name, ''), coalesce(p.name, ''), i.record->>'deployment', i.record->>'provider', "
      "i.record->>'place', l.value "
      "FROM entries i, json_each(i.record, '$.decision.question.labels') l "
      "LEFT JOIN keys k ON k.id = i.key LEFT JOIN projects p ON p.id = k.project "
      "LEFT JOIN tenants t ON t.id = p.tenant "
      "WHERE i.intent IS NULL AND i.at >= ? AND i.at < ? ORDER BY l.value",
      {to_micros(from), to_micros(to)}, [&](const Database::Row& row) {
        for (Processed& one : rows) {
          if (one.tenant == row.text(0) && one.project == row.text(1) && one.deployment == row.text(2) &&
              one.provider == row.text(3) && one.place == row.text(4))
            one.labels.push_back(row.text(5));
        }
      }));
  return rows;
}

Result<std::vector<Stated>> read_facts_stated(Database& database, Instant before) {
  std::vector<Stated> rows;
  TRY(database.query(
      "SELECT s.subject, s.text FROM statements s "
      "WHERE s.kind = 'facts' AND s.number = "
      "(SELECT max(n.number) FROM statements n JOIN entries e ON e.number = n.number "
      "WHERE n.kind = s.kind AND n.subject = s.subject AND e.at < ?) "
      "ORDER BY s.subject",
      {to_micros(before)}, [&](const Database::Row& row) {
        rows.push_back({.kind = audit::StatementKind::facts, .subject = row.text(0), .text = row.text(1)});
      }));
  return rows;
}

Result<> read_past(Database& database, const SubjectKeys& subjects, Instant from, Instant to,
                   const std::function<void(PastDecision)>& each) {
  Result<> readable;
  TRY(database.query(
      "SELECT e.request, coalesce(t.name, ''), coalesce(p.name, ''), coalesce(k.name, ''), "
      "e.entry, e.record, e.salt, e.candidates, e.secret, e.subject, e.sealed "
      "FROM entries e LEFT JOIN keys k ON k.id = e.key LEFT JOIN projects p ON p.id = k.project "
      "LEFT JOIN tenants t ON t.id = p.tenant "
      "WHERE (e.candidates IS NOT NULL OR e.sealed IS NOT NULL) AND (e.intent IS NULL OR e.intent = e.number) "
      "AND e.at >= ? AND e.at < ? AND NOT EXISTS (SELECT 1 FROM entries b WHERE b.request = e.request AND b.number < "
      "e.number AND (b.candidates IS NOT NULL OR b.subject IS NOT NULL)) "
      "ORDER BY e.number",
      {to_micros(from), to_micros(to)}, [&](const Database::Row& row) {
        if (!readable) return;
        auto content = content_of(row, 4, subjects);
        if (!content && content.error().code == ErrorCode::not_found) return;  // without its key it is as if erased
        if (!content) return void(readable = fail(std::move(content.error())));
        if (!*content) return;
        auto candidates = texts_in((*content)->candidates);
        if (!candidates) return void(readable = fail(std::move(candidates.error())));
        each({.request = row.text(0),
              .record = std::move((*content)->record),
              .candidates = *std::move(candidates),
              .tenant = row.text(1),
              .project = row.text(2),
              .key = row.text(3)});
      }));
  return readable;
}

}  // namespace entente::store
