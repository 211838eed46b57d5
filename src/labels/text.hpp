// The rules by which labels are given, as the text that the log commits to. Pure, any thread.
#pragma once

#include <span>
#include <string>

#include "domain/label_rule.hpp"

namespace entente::labels {

// Canonical JSON (RFC 8785): [{"at_least":…,"except":[…],…}]; what a rule does not state is left out.
std::string rules_text(std::span<const LabelRule> rules);

}  // namespace entente::labels
