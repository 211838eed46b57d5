// Reading the journal's rows: what was done for a request, for its receipt; and the entries, for the log that publishes
// them. It only reads, and may run on a connection of its own, beside the writer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.hpp"
#include "store/sealed_row.hpp"
#include "store/sqlite/database.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

// What was done for a request, in the order it was tried, but for what was erased or has lost its key. not_found
// (reason "erased", with the entry that says so, or "subject_key_missing") when nothing else is left.
Result<std::vector<SealedAttempt>> read_sealed(Database& database, const SubjectKeys& subjects,
                                               std::string_view request, std::string_view tenant);

// Requests of a tenant with an entry in a span of time that was not erased, the oldest first.
Result<std::vector<std::string>> read_requests(Database& database, std::string_view tenant, Instant from, Instant to);

// What a row's entry commits to. Its columns entry, record, salt, candidates, secret, subject, sealed stand from
// `column` on, in this order. None: it was erased. not_found (reason "subject_key_missing"): the key of its subject is
// not here. internal: somebody changed the row.
Result<std::optional<RowContent>> content_of(const Database::Row& row, int column, const SubjectKeys& subjects);

// The texts of a list of the rows, as canonical JSON each.
Result<std::vector<std::string>> texts_in(std::string_view array);

// Entries from `first` on, counted from 0.
Result<std::vector<std::string>> read_journal(Database& database, std::uint64_t first, std::size_t most);

// How many entries are older than that: the place in the log of the first that is not.
Result<std::uint64_t> entries_before(Database& database, Instant time);

}  // namespace entente::store
