// Receipt entry: how an entry of the log and what it commits to stand in JSON that is handed out, in a receipt
// (receipt.hpp) or on their own (held_entry.hpp).
//
// Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <string_view>

#include "audit/forms/members.hpp"
#include "audit/receipts/receipt.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

enum class Salted { yes, no };  // no: of a statement

// The members of an object that is begun already; the entry's own text has this name.
void write_entry(wire::JsonWriter& json, std::string_view name, const ReceiptEntry& entry, Salted salted);
Result<ReceiptEntry> read_entry(const Members& members, std::string_view name, Salted salted);

void write_proof(wire::JsonWriter& json, const Proof& proof);

}  // namespace entente::audit
