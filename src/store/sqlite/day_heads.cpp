// The journal's heads of days: which are owed, and writing them.
#include <algorithm>
#include <map>

#include "audit/tree/merkle.hpp"
#include "store/sealed_row.hpp"
#include "store/sqlite/journal.hpp"

namespace entente::store {

namespace {

struct LaneSeen {
  std::string tenant;
  audit::LaneEnd end;
  std::vector<std::string> days;  // that have ended, in the order they were seen
};

// What an earlier head of the day said: a clock that was set back brings a day again.
Result<> merge_earlier(Database& database, audit::DayRecord& record, const std::map<std::string, LaneSeen>& seen) {
  TRY_ASSIGN(auto earlier, read_day_head(database, record.tenant, record.day));
  if (!earlier) return {};
  TRY_ASSIGN(audit::DayRecord before, audit::parse_day_record(earlier->record));
  for (const audit::LaneEnd& end : before.lanes) {
    if (std::ranges::contains(record.lanes, end.lane, &audit::LaneEnd::lane)) continue;
    auto newer = seen.find(end.lane);
    record.lanes.push_back(newer == seen.end() ? end : newer->second.end);
  }
  return {};
}

}  // namespace

Result<Journal::Days> Journal::read_days(Database& database, Instant now) {
  std::string today = to_rfc3339(now).substr(0, 10);
  TRY_ASSIGN(auto covered, database.integer("SELECT number FROM covered"));
  Days days{.heads = {}, .covered = covered.value_or(0)};
  std::map<std::string, LaneSeen> seen;  // by lane
  bool of_ended_days = true;
  Result<> readable;
  TRY(database.query(
      "SELECT e.number, p.tenant, e.entry FROM entries e LEFT JOIN keys k ON k.id = e.key "
      "LEFT JOIN projects p ON p.id = k.project WHERE e.number > ? AND e.entry IS NOT NULL AND e.intent IS NOT 0 "
      "ORDER BY e.number",
      {days.covered}, [&](const Database::Row& row) {
        if (!readable) return;
        std::string text = row.text(2);
        auto entry = audit::parse_entry(text);
        if (!entry) return void(readable = fail(std::move(entry.error())));
        LaneSeen& lane = seen[entry->lane];
        if (lane.tenant.empty()) lane.tenant = row.text(1);
        lane.end.lane = entry->lane;
        lane.end.numbers = std::max(lane.end.numbers, entry->number);
        lane.end.last = audit::hash_entry(text);
        std::string day = entry->at.substr(0, 10);
        if (day < today && !std::ranges::contains(lane.days, day)) lane.days.push_back(day);
        of_ended_days = of_ended_days && day < today;
        if (of_ended_days) days.covered = row.integer(0);
      }));
  TRY(std::move(readable));
  std::map<std::pair<std::string, std::string>, audit::DayRecord> heads;  // by day and tenant
  for (const auto& [name, lane] : seen) {
    if (lane.tenant.empty()) continue;  // whose key was is not known any more
    for (const std::string& day : lane.days) {
      audit::DayRecord& head = heads[{day, lane.tenant}];
      head.day = day;
      head.tenant = lane.tenant;
      head.lanes.push_back(lane.end);
    }
  }
  for (auto& [key, head] : heads) {
    TRY(merge_earlier(database, head, seen));
    days.heads.push_back(std::move(head));
  }
  return days;
}

Result<std::size_t> Journal::write_days(Database& database, Days days, Instant now) {
  TRY(find_next_row(database));
  for (audit::DayRecord& head : days.heads) {
    // Of a lane that goes on, what has come since it was read: the head says how far it is where the head stands.
    if (auto running = lanes_.find(head.tenant); running != lanes_.end()) {
      auto same = std::ranges::find(head.lanes, running->second.id, &audit::LaneEnd::lane);
      if (same != head.lanes.end()) {
        same->numbers = running->second.numbers;
        same->last = running->second.last;
      }
    }
    std::string record = audit::day_record_text(head);
    audit::Salt salt = audit::new_salt();
    std::string entry =
        audit::day_head_text({.day = head.day, .record = audit::commitment_to(salt, record), .at = to_rfc3339(now)});
    TRY_ASSIGN(std::int64_t number, insert_apart(database, entry, Blob(salt), now));
    TRY(database.run("INSERT INTO heads(number, tenant, day, record) VALUES(?,?,?,?)",
                     {number, head.tenant, head.day, record}));
  }
  TRY(database.run("UPDATE covered SET number = ?", {days.covered}));
  return days.heads.size();
}

Result<std::optional<SealedEntry>> read_day_head(Database& database, std::string_view tenant, std::string_view day) {
  TRY_ASSIGN(auto heads, read_day_heads(database, tenant, day, day));
  if (heads.empty()) return std::nullopt;
  return std::move(heads.front());
}

Result<std::vector<SealedEntry>> read_day_heads(Database& database, std::string_view tenant, std::string_view from,
                                                std::string_view to) {
  std::vector<SealedEntry> heads;
  TRY(database.query(
      "SELECT h.number, e.entry, h.record, e.salt FROM heads h JOIN entries e ON e.number = h.number WHERE h.number IN "
      "(SELECT max(number) FROM heads WHERE tenant = ? AND day >= ? AND day <= ? GROUP BY day) ORDER BY h.day",
      {tenant, from, to}, [&](const Database::Row& row) {
        heads.push_back(
            {.index = row.integer(0) - 1, .text = row.text(1), .record = row.text(2), .salt = salt_in(row.bytes(3))});
      }));
  return heads;
}

}  // namespace entente::store
