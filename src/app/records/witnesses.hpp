// Witnesses: the log's side of being witnessed. Asks the witnesses of a policy to cosign a checkpoint (C2SP
// tlog-witness), all at once, and says whether enough of them have.
//
// A round takes a stated time at most, whatever the witnesses do, and only a moment more once the quorum is met.
// Whoever failed rests for a time that grows. What a witness has cosigned is kept until the checkpoint changes. A
// witness that knows another size says so, and is asked again with a proof from there; one that knows more entries than
// this log has is an alarm, for it has seen a later state of it.
//
// A policy may name the log's own key of ML-DSA-44 among its witnesses, as those do who check: every checkpoint that is
// offered has that signature already, and nobody is asked for it.
//
// ask() on one thread, now() on any. Failure of a witness is no Error: it stands in now(), and in the process's log.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"
#include "audit/checkpoints/tlog_policy.hpp"

namespace entente::app {

struct WitnessNow {
  std::string name;
  bool cosigning = false;   // the last time it was asked
  std::string problem;      // one sentence; empty: none
  std::uint64_t known = 0;  // entries of the checkpoint that it cosigned last, as far as it said
};

class Witnesses {
 public:
  // Errors: the policy does not accept this log, or its quorum cannot be met by witnesses that have a URL.
  // `own`: what the log itself cosigns with.
  static Result<std::shared_ptr<Witnesses>> create(audit::TlogPolicy policy, const audit::NoteVerifier& log,
                                                   const audit::CosignatureVerifier& own);

  struct Round {
    bool met = false;
    std::string cosignatures;  // lines, to stand under the note
  };
  // `note`: the offered checkpoint, signed by the log alone; `read`: the subtrees of its tree, from any thread.
  Round ask(const audit::Checkpoint& offered, const std::string& note, const audit::ReadSubtree& read,
            std::chrono::milliseconds limit);

  std::vector<WitnessNow> now() const;
  const audit::TlogPolicy& policy() const { return policy_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Standing {
    std::uint64_t known = 0;  // where its proof begins
    unsigned failures = 0;    // in a row
    Clock::time_point rests_until{};
    std::string problem;
    bool cosigning = false;
  };
  struct Answer {
    std::string cosignature;  // a line; empty: there is none
    std::string problem;
    std::uint64_t known = 0;
  };
  struct Asking;  // what the threads of a round share

  Witnesses(audit::TlogPolicy policy, std::set<std::string> own);
  static Answer ask_one(const audit::TlogPolicy::Witness& witness, const Asking& round, std::uint64_t known);
  void take(const std::string& name, Answer answer);

  const audit::TlogPolicy policy_;
  const std::set<std::string> own_;  // the policy's names for the log itself
  mutable std::mutex mutex_;
  std::map<std::string, Standing> standings_;    // guarded by mutex_; by the policy's names
  std::string note_;                             // what `gathered_` is of; ask()'s own
  std::map<std::string, std::string> gathered_;  // guarded by mutex_ while a round runs: lines by witness
};

// How long a witness rests after so many failures in a row.
std::chrono::milliseconds rest_after(unsigned failures);

}  // namespace entente::app
