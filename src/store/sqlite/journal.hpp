// Journal: what the transparency log will publish, written in the same transaction as the rows it speaks of, so that
// there is never one without the other. Each entry commits to a record of what happened; the record and its salt stay
// with the row, for the receipts of those whom it concerns.
//
// For the writer's thread, inside its transactions. What it counts is read from the database each time: a transaction
// that is rolled back takes it back, too.
#pragma once

#include <string>
#include <vector>

#include "audit/entry.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

// `run`: one start of one server; its tenants' lanes are of this run.
Result<> write_intent(Database& database, const std::string& run, const Intent& intent);
Result<> write_outcome(Database& database, const Outcome& outcome);

Result<std::vector<SealedAttempt>> read_sealed(Database& database, std::string_view request, std::string_view tenant);

// Entries from `first` on, counted from 0.
Result<std::vector<std::string>> read_journal(Database& database, std::uint64_t first, std::size_t most);

}  // namespace entente::store
