// Reports over many rows: what Store::usage(), spent() and past_decisions() say. They only read, and may run on a
// connection of their own, beside the writer.
#pragma once

#include <functional>
#include <vector>

#include "store/records.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

Result<std::vector<UsageRow>> read_usage(Database& database, Instant from, Instant to);
Result<std::vector<Spent>> read_spent(Database& database, Instant day, Instant month);
Result<> read_past(Database& database, Instant from, Instant to, const std::function<void(PastDecision)>& each);

}  // namespace entente::store
