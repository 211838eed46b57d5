// Decision: the outcome of routing, every candidate with its verdict and reason, the chosen ones in order of
// preference.
//
// decide() is pure, total and deterministic: the same inputs give the same Decision, on the server and later in a
// verifier. It sees the Envelope of the work, never its content. A candidate is rejected because a policy that applies
// does not allow it, because it cannot do the work, or because it cannot be found; the rest are ordered by the model's
// strategy, and by what the policies prefer before that. What the world is like (measured times, the number drawn)
// comes in with the Circumstances.
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
#include "policy/rulebook.hpp"

namespace entente::policy {

struct Verdict {
  std::string deployment;
  bool allowed = false;
  std::string rule;         // which rule said so: "health", or "allow all" where no policy applies
  std::string reason;       // after the deployment's name: "processes prompts in SE; only FR is allowed"
  std::string_view facts;   // name_of_text() of the facts that it was judged by; owned by the Rulebook, as the next
  std::string_view terms;   // the same of its terms: what it can do and costs
  std::string grounds;      // on which a rule was lifted for it: "eu-transfer:clauses"
  std::uint32_t place = 0;  // in the model's list, from 0
  std::optional<std::chrono::microseconds> first_token = {};  // as measured, where the order went by it

  // What came of asking it, where the work went on to another.
  struct Tried {
    enum class How {
      failed,   // an attempt was made
      refused,  // none was: it had no place
      slow,     // it had not begun to answer when another was asked beside it
    };
    How how = How::failed;
    std::string why;  // "stalled", "breaker_open"; of who was slow: nothing
  };
  std::optional<Tried> tried = {};
};

struct Decision {
  std::string policies;                // name_of_text() of all policies there are
  std::vector<std::uint32_t> applied;  // those that the work had to meet, by number in the Rulebook
  std::vector<std::string> applied_names;
  std::vector<Verdict> verdicts;           // all candidates, preferred first
  std::vector<const Deployment*> chosen;   // the allowed ones, in that order; owned by the Rulebook's catalogue
  Strategy strategy = Strategy::priority;  // that they were ordered by
  std::uint64_t draw = 0;                  // as the Circumstances had it
};

struct Circumstances {
  std::uint64_t draw = 0;  // drawn anew for each piece of work: decides where the strategy is "weight"
  // How long a deployment's first token took lately; nothing: not known, so worth trying.
  std::function<std::optional<std::chrono::microseconds>(std::string_view deployment)> first_token;
};

Decision decide(const Envelope& envelope, const Principal& principal, const Model& model, const Rulebook& rulebook,
                const Circumstances& circumstances = {});

// What the deployment lacks for such work by what its configuration says: "cannot see images"; empty: nothing.
std::string_view lacking(const Deployment& deployment, const Needs& needs);

std::string_view to_string(Verdict::Tried::How how);

// What the client is told when policies left no candidate: which rule refused what, in words, and what would make it
// possible. Nothing: it was not for a policy.
std::optional<Error> refusal_by_policy(const Decision& decision, std::string_view model, const Rulebook& rulebook);

// The same when the policies that apply do not let this server keep what is said.
std::optional<Error> refusal_to_keep(const std::vector<std::uint32_t>& applied, const Rulebook& rulebook);

// A candidate that was chosen and then refused or failed: its verdict says so in the record of the attempts that
// follow (policy/record.hpp).
void note_failure(Decision& decision, std::string_view deployment, const Error& error, bool sent);
// The same of one that has not answered yet, when another is asked beside it.
void note_slow(Decision& decision, std::string_view deployment);

}  // namespace entente::policy
