// Whether a published log is what was signed. Needs the files, the log's public key and, to see that nothing was taken
// back, a checkpoint that somebody kept from earlier. Two verdicts, because an operator can build a flawless tree over
// entries of which some were left out: integrity (every entry is under the signature) and completeness (every lane is
// whole, see lanes.hpp).
//
// Pure but for `files`. The log may be read while it grows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint.hpp"
#include "audit/log.hpp"

namespace entente::audit {

struct LogVerdict {
  Checkpoint checkpoint;
  std::string note;                 // it as it was published, with all signatures
  std::vector<std::string> damage;  // of integrity: sentences that name what is wrong; empty: intact
  std::vector<std::string> gaps;    // of completeness
  std::uint64_t attempts = 0, lanes = 0;
  std::uint64_t running = 0;  // attempts without outcome: they run, or a crash has not been looked at yet
};

// Errors: there is no checkpoint of this key, or files cannot be read. What is found wrong beyond that is no error.
Result<LogVerdict> verify_log(Files& files, const NoteVerifier& log, const std::optional<Checkpoint>& earlier);

}  // namespace entente::audit
