// Addresses in a piece of work: pictures that whoever answers would fetch from wherever they lead. That sends a request
// to a place of the client's choosing, from a deployment that no rule was asked about: it needs the operator's word
// (server.picture_addresses). Pure, any thread.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "domain/work.hpp"
#include "policy/decision.hpp"

namespace entente::gateway {

// Whether any of those that were chosen is outside this process: the others may fail, and then it is asked.
bool may_leave(const policy::Decision& decision);

bool names_addresses(const Work& work);

// Why it goes nowhere, where it may leave. Models of this machine fetch nothing, and say so themselves.
std::optional<Error> refusal_of_addresses(const Work& work, const policy::Decision& decision);

}  // namespace entente::gateway
