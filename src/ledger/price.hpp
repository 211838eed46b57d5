// What work costs: the most it may cost, set aside before anything is sent, and the true cost when the usage is known.
// Tokens in, Money out; each of input and output is rounded once (domain/money.hpp). A deployment without a price costs
// nothing, with no currency. Pure.
#pragma once

#include <optional>

#include "domain/deployment.hpp"
#include "domain/money.hpp"
#include "domain/usage.hpp"

namespace entente::ledger {

Result<Money> cost_of(const Usage& usage, const std::optional<Price>& price);

// The cost if every token that was granted is used.
Result<Money> most_cost_of(std::int64_t prompt_tokens, std::int64_t most_completion_tokens,
                           const std::optional<Price>& price);

}  // namespace entente::ledger
