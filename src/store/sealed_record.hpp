// The records that entries of the log commit to: what is known of an attempt before it is sent, and how it ended, as
// canonical JSON. Receipts disclose them; whoever has one computes the commitment again. Pure.
#pragma once

#include <string>

#include "store/records.hpp"

namespace entente::store {

Result<std::string> record_of(const Intent& intent);
Result<std::string> record_of(const Outcome& outcome);

}  // namespace entente::store
