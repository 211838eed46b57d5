// What a request's own preferences leave of the candidates, and in which order: they only ever narrow what the policies
// and the model allow. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/deployment.hpp"
#include "domain/preferences.hpp"
#include "policy/decision.hpp"
#include "policy/ordering.hpp"

namespace entente::policy {

// The rule that verdicts name where the request itself left somebody out.
inline constexpr std::string_view preference_rule = "the request";

// Why the request does not want this deployment, in words; nothing: it may answer. `today`: ISO date.
std::optional<std::string> unwanted(const Preferences& preferences, const Deployment& deployment,
                                    std::string_view today);

// Puts who is named first, first; `candidates` are in the order they would be asked in otherwise. Gives back those who
// are left out because there shall be no fallback.
std::vector<Candidate> prefer(const Preferences& preferences, std::vector<Candidate>& candidates);

// What the client is told when its own preferences left no candidate. Nothing: it was not for them.
std::optional<Error> refusal_by_preferences(const Decision& decision, std::string_view model);

}  // namespace entente::policy
