// The record of a decision: canonical JSON (RFC 8785) that is kept with each attempt and that receipts disclose,
// written so that decide() can be run again on what is disclosed (policy/replay.hpp).
//
// It has three parts. The question: what was decided on, as far as decisions depend on it; a name that no policy asks
// for is left out. The candidates, one text each in the order of the model's list, with what each was judged by (hashes
// of the facts and terms that the log states). And the decision itself, which names the candidates by a root over their
// texts only, so that one can be shown without the others (audit/entries/disclosure.hpp). Pure, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "policy/decision.hpp"

namespace entente::policy {

// Raised whenever decide() would come to something else on the same inputs, so that nobody compares what cannot agree.
inline constexpr std::int64_t decision_version = 2;

// {"day","draw","key","labels","max_tokens","model","needs","person","policies","preferences","project","prompt_bytes",
// "strategy","tenant"}; what is empty, and what nothing depends on, is left out.
std::string question_text(const Decision& decision, const Envelope& envelope, const Principal& principal,
                          const Model& model, const Rulebook& rulebook);

// {"deployment","facts","first_token_us","grounds","rank","reason","rule","terms","tried","verdict","why"} each. rank:
// in which order those who may take the work are asked, from 1. tried, why: "failed", "refused" or "slow", of those
// who were asked before.
std::vector<std::string> candidate_texts(const Decision& decision);

// {"applied":[…],"candidates":{"count","root"},"policies","question","version"}. `question`: empty where nothing was
// decided, as when somebody tests a deployment.
std::string decision_text(const Decision& decision, std::string_view question, std::size_t candidates,
                          const Digest& root);

// A question read back.
struct Question {
  Envelope envelope;
  Principal principal;  // names only
  Model model;          // name and strategy
  Rulebook::Day day{};
  std::uint64_t draw = 0;
};
// `asked`: the model's name as the client wrote it. Failure: invalid_request.
Result<Question> read_question(std::string_view question, std::string asked);

// A candidate read back.
struct RecordedCandidate {
  std::string deployment, facts, terms, rule, reason;
  bool allowed = false;
  std::optional<std::chrono::microseconds> first_token;
  std::optional<Verdict::Tried> tried;
};
Result<RecordedCandidate> read_candidate(std::string_view text);

}  // namespace entente::policy
