// Decision: the outcome of routing, every candidate with its verdict and reason, the chosen ones in order of
// preference.
//
// decide() is pure, total and deterministic: the same inputs give the same Decision, on the server and later in a
// verifier. It sees the Envelope of the work, never its content. This version has one policy, `allow all`: a candidate
// is rejected because it cannot be found or cannot do the work; the rest are ordered by the model's strategy. What the
// world is like (measured times, the number drawn) comes in with the Circumstances.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
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

struct Circumstances {
  std::uint64_t draw = 0;  // drawn anew for each piece of work: decides where the strategy is "weight"
  // How long a deployment's first token took lately; nothing: not known, so worth trying.
  std::function<std::optional<std::chrono::microseconds>(std::string_view deployment)> first_token;
};

Decision decide(const Envelope& envelope, const Principal& principal, const Model& model, const Catalogue& catalogue,
                const Circumstances& circumstances = {});

// A candidate that was chosen and then refused or failed: its verdict says so in the record of the attempts that
// follow.
void note_failure(Decision& decision, const Deployment& deployment, const Error& error, bool sent);

// The record kept with each attempt, as canonical JSON (RFC 8785): receipts disclose it.
// {"candidates":[{"deployment","reason","rule","verdict"}…],"policy":…}
std::string to_json(const Decision& decision);

}  // namespace entente::policy
