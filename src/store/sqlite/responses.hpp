// The rows of kept responses: one insert to keep, one look-up to read, and what makes them go: being removed, the end
// of their time, and others that need the room.
//
// For the writer's thread; those that write take part in the transaction that is open, drop_over() may have none.
// Nothing is kept in memory here: a transaction that is rolled back leaves no trace.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "store/records.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

// How many others went for it. `subject`: the number of whom it is about (subject_keys.hpp). Errors: too_large, when it
// alone would not fit.
Result<std::size_t> write_response(Database& database, const KeptResponse& response, std::int64_t subject,
                                   std::uint64_t room);

Result<std::optional<std::string>> read_response(Database& database, std::string_view id, std::string_view project,
                                                 KeptText which, Instant now);
Result<bool> delete_response(Database& database, std::string_view id, std::string_view project, Instant now);

// All that are about a subject.
Result<> drop_of_subject(Database& database, std::int64_t subject);

// Those whose time is over, as many as are quickly done: how many went.
Result<std::size_t> drop_over(Database& database, Instant now);

// How many went at once.
Result<std::size_t> limit_age(Database& database, std::chrono::milliseconds longest, Instant now);

}  // namespace entente::store
