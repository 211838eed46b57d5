// A policy of trust in logs (C2SP tlog-policy), as a file that operators, auditors and clients share: which logs are
// accepted, who their witnesses are, and how many of them must have cosigned a checkpoint before it counts.
//
//   log     example.org/log+33d7b496+AeHTu4Q3…
//   witness north  north.example+51d1e0c5+BK1…  https://north.example/witness
//   witness south  south.example+7d2f1b11+BDA…
//   group   both all north south
//   quorum  both
//
// Names are bytes to the format; those that are not UTF-8 are shown escaped. Pure, any thread. Failure:
// invalid_request with a sentence that names the line.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/cosignature.hpp"

namespace entente::audit {

class TlogPolicy {
 public:
  struct Witness {
    std::string name;  // in this policy alone
    CosignatureVerifier key;
    std::string url;  // the prefix that checkpoints are submitted under; empty: it is not asked
  };

  static Result<TlogPolicy> parse(std::string_view text);

  const std::vector<NoteVerifier>& logs() const { return logs_; }  // none: whoever asks knows the log
  const std::vector<Witness>& witnesses() const { return witnesses_; }

  // Whether a checkpoint that these have cosigned counts.
  bool met_by(const std::set<std::string>& witnesses) const;
  // The rule in words: "2 of north, south, east".
  std::string quorum_in_words() const;

 private:
  // A witness (no members) or a group, in the order of definition: members come before their group.
  struct Part {
    std::string name;
    std::size_t needed = 0;
    std::vector<std::size_t> members;
  };
  friend class PolicyReader;
  TlogPolicy() = default;
  bool met(std::size_t part, const std::set<std::string>& witnesses) const;
  std::string words(std::size_t part) const;

  std::vector<NoteVerifier> logs_;
  std::vector<Witness> witnesses_;
  std::vector<Part> parts_;
  std::optional<std::size_t> quorum_;  // none: no cosignature is needed
};

// A witness's name as it can be shown to anybody.
std::string shown_name(std::string_view name);

// What a checkpoint's cosignatures come to.
struct QuorumVerdict {
  struct Cosigned {
    std::string witness;  // by the policy's name, as it is shown
    std::chrono::sys_seconds at;
  };
  bool met = false;
  std::vector<Cosigned> cosigned;
  std::vector<std::string> missing;  // witnesses of the policy that have not
};

// The note of a checkpoint, whose log is not looked at. Failure: it is no note, or a cosignature of one of the policy's
// witnesses does not fit it.
Result<QuorumVerdict> judge_quorum(const TlogPolicy& policy, std::string_view note);

// Whether the policy accepts this log: it lists it, or none.
bool accepts_log(const TlogPolicy& policy, const NoteVerifier& log);

}  // namespace entente::audit
