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

}  // namespace entente::store
