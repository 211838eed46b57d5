// Reports over many rows: what Store::usage(), spent(), processed() and the like say. They only read, and run on a
// connection of their own, beside the writer.
#pragma once

#include <functional>
#include <vector>

#include "domain/quota.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

Result<std::vector<UsageRow>> read_usage(Database& database, Instant from, Instant to);
Result<std::vector<Spent>> read_spent(Database& database, Instant day, Instant month);
Result<std::vector<Processed>> read_processed(Database& database, Instant from, Instant to);
Result<std::vector<Stated>> read_facts_stated(Database& database, Instant before);
// Of what was erased there is nothing. not_found: the key of a subject is not here.
Result<> read_past(Database& database, const SubjectKeys& subjects, Instant from, Instant to,
                   const std::function<void(PastDecision)>& each);

}  // namespace entente::store
