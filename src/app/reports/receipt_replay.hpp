// The decisions of a receipt, run again: what the receipt discloses becomes the inputs of policy::replay(). Pure.
#pragma once

#include "audit/receipts/receipt.hpp"

namespace entente::app {

// Every decision of the receipt must come out as its record says. Failure: invalid_request with the attempt's number
// and a sentence.
Result<> replay(const audit::Receipt& receipt);

}  // namespace entente::app
