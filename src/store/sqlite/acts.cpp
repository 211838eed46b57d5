#include "store/sqlite/acts.hpp"

#include "store/sealed_row.hpp"

namespace entente::store {

Result<> note_act(Database& database, const audit::ActRecord& record) {
  return database.run("INSERT INTO acts(tenant, record) VALUES(?,?)", {record.tenant, audit::act_record_text(record)});
}

Result<std::vector<NotedAct>> unwritten_acts(Database& database) {
  std::vector<NotedAct> acts;
  TRY(database.query("SELECT id, record FROM acts WHERE number IS NULL ORDER BY id", {},
                     [&](const Database::Row& row) { acts.push_back({.id = row.integer(0), .record = row.text(1)}); }));
  return acts;
}

Result<> act_written(Database& database, std::int64_t id, std::int64_t number) {
  return database.run("UPDATE acts SET number = ? WHERE id = ?", {number, id});
}

Result<std::vector<SealedEntry>> read_acts(Database& database, std::string_view tenant) {
  std::vector<SealedEntry> found;
  TRY(database.query(
      "SELECT a.number, e.entry, a.record, e.salt FROM acts a JOIN entries e ON e.number = a.number "
      "WHERE a.tenant = ? ORDER BY a.number",
      {tenant}, [&](const Database::Row& row) {
        found.push_back(
            {.index = row.integer(0) - 1, .text = row.text(1), .record = row.text(2), .salt = salt_in(row.bytes(3))});
      }));
  return found;
}

}  // namespace entente::store
