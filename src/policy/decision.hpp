// Decision: the outcome of routing, every candidate with its verdict and reason, the chosen ones in order of
// preference.
//
// decide() is pure, total and deterministic: the same inputs give the same Decision, on the server and later in a
// verifier. It sees the Envelope of the work, never its content. This version has one policy, `allow all`: a candidate
// is rejected only because it cannot be found.
#pragma once

#include <string>
#include <vector>

#include "domain/deployment.hpp"
#include "domain/principal.hpp"
#include "domain/work.hpp"

namespace entente::policy {

struct Verdict {
  std::string deployment;
  bool allowed = false;
  std::string rule;    // which policy said so: "allow all"
  std::string reason;  // for a person: "is not configured"
};

struct Decision {
  std::string policy;                     // the name of what decided
  std::vector<Verdict> verdicts;          // all candidates, preferred first
  std::vector<const Deployment*> chosen;  // the allowed ones, in that order; owned by the Catalogue
};

Decision decide(const Envelope& envelope, const Principal& principal, const Model& model, const Catalogue& catalogue);

// The record kept with each attempt: {"policy":…,"candidates":[{"deployment","verdict","rule","reason"}…]}.
std::string to_json(const Decision& decision);

}  // namespace entente::policy
