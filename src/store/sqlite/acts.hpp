// The rows of what the operator did (audit/receipts/act.hpp): noted in the transaction that does it, by whatever
// process, and written into the log by the server. The journal writes the entries (Journal::write_act()).
//
// Those that write take part in the transaction that is open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/receipts/act.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

Result<> note_act(Database& database, const audit::ActRecord& record);

struct NotedAct {
  std::int64_t id = 0;
  std::string record;  // canonical JSON
};
Result<std::vector<NotedAct>> unwritten_acts(Database& database);
Result<> act_written(Database& database, std::int64_t id, std::int64_t number);

// Those of a tenant that are in the log, the oldest first.
Result<std::vector<SealedEntry>> read_acts(Database& database, std::string_view tenant);

}  // namespace entente::store
