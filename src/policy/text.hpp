// The canonical texts (RFC 8785) of policies and facts: what decisions name them by is SHA-256 of these. Who is given
// the text can compute the name again. Pure, any thread.
#pragma once

#include <string>

#include "domain/facts.hpp"
#include "policy/policy.hpp"

namespace entente::policy {

// {"operator":{"assurance":"contract","expires":"…","reviewed":"…","source":"…","value":…},…}; only what is stated.
std::string facts_text(const Facts& facts);
std::string policies_text(const Policies& policies);

// SHA-256 in base64.
std::string name_of_text(std::string_view text);

}  // namespace entente::policy
