// The canonical texts (RFC 8785) of policies, and of the facts and terms of a deployment: what decisions name them by
// is SHA-256 of these. Who is given the text can compute the name again, and read it back (policy/read_text.hpp). Pure,
// any thread.
#pragma once

#include <string>

#include "domain/deployment.hpp"
#include "domain/facts.hpp"
#include "policy/policy.hpp"

namespace entente::policy {

// {"operator":{"assurance":"contract","expires":"…","reviewed":"…","source":"…","value":…},…}; only what is stated.
std::string facts_text(const Facts& facts);
// What else a decision needs of a deployment: who it is reached through, what it can do, holds and costs, its weight.
// {"capabilities":{…},"context_tokens":…,"price":{…},"provider":…,"weight":…}; amounts are nano-units, as text.
std::string terms_text(const Deployment& deployment);
std::string policies_text(const Policies& policies);

// SHA-256 in base64.
std::string name_of_text(std::string_view text);

}  // namespace entente::policy
