// The record of a decision with its candidates under one root, as intents and refusals keep it. Random in its secret
// only; any thread.
#pragma once

#include <string_view>

#include "policy/decision.hpp"
#include "store/records.hpp"

namespace entente::gateway {

// `question`: policy::question_text(); empty where nothing was decided.
store::Decided decided(const policy::Decision& decision, std::string_view question);

}  // namespace entente::gateway
