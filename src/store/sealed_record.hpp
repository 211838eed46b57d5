// The records that entries of the log commit to: what is known of an attempt before it is sent, and how it ended, as
// canonical JSON (RFC 8785): written in that form at once, on the way of every request. Receipts disclose them; whoever
// has one computes the commitment again. Pure.
#pragma once

#include <string>

#include "store/records.hpp"

namespace entente::store {

// The decision is canonical JSON already (policy/record.hpp).
std::string record_of(const Intent& intent);
std::string record_of(const Outcome& outcome);
std::string record_of(const Refusal& refusal);

// Of a record, what reports add up and look for: under the names that it has there, as JSON. It is about no person and
// stands in clear beside the sealed record (sealed_row.hpp).
std::string counted_of(const Intent& intent);
std::string counted_of(const Outcome& outcome);
std::string counted_of(const Refusal& refusal);

}  // namespace entente::store
