// Replay: runs decide() again on what a record and the statements it cites disclose. Whoever does it sees for
// themselves that the verdicts, and who came first, follow from the facts, terms and policies that the log states: with
// the very code that decided, and with nothing from the server.
//
// Three inputs are the server's word, because nobody can compute them again: the number drawn where a model goes by
// weight, the measured times where it goes by latency, and what came of asking those who were asked before. Pure, any
// thread. Failure: invalid_request; a sentence that says what differs, or why it cannot be run again.
#pragma once

#include <string>
#include <vector>

#include "policy/record.hpp"

namespace entente::policy {

struct DisclosedCandidate {
  std::string text;          // of candidate_texts()
  std::string facts, terms;  // the texts that it names; empty where it names none
};

struct DisclosedDecision {
  std::string text;                            // of decision_text()
  std::string model;                           // as the client named it
  std::string policies;                        // the text that the decision names
  std::vector<DisclosedCandidate> candidates;  // in the order of the model's list, as many as are disclosed
  std::string sent_to;                         // a deployment's name; empty: it was refused
  std::vector<std::string> asked_before;       // deployments that the same request went to before
};

Result<> replay(const DisclosedDecision& disclosed);

}  // namespace entente::policy
