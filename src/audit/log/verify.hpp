// Whether a published log is what was signed. Needs the files, the log's public key and, to see that nothing was taken
// back, a checkpoint that somebody kept from earlier. Two verdicts, because an operator can build a flawless tree over
// entries of which some were left out: integrity (every entry is under the signature) and completeness (every lane is
// whole, see lanes.hpp).
//
// A log that is published from a later entry on (C2SP tlog-tiles, "Pruning") is checked from there: its tree as a
// whole, because the tiles that reach over that entry hold the hashes of what stood before, and its lanes as far as
// they are there.
//
// Pure but for `files`. The log may be read while it grows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"
#include "audit/log/log.hpp"

namespace entente::audit {

struct LogVerdict {
  Checkpoint checkpoint;
  std::uint64_t from = 0;           // the first entry that was looked at
  std::string note;                 // it as it was published, with all signatures
  std::vector<std::string> damage;  // of integrity: sentences that name what is wrong; empty: intact
  std::vector<std::string> gaps;    // of completeness
  std::uint64_t attempts = 0, lanes = 0;
  std::uint64_t running = 0;  // attempts without outcome: they run, or a crash has not been looked at yet
};

// `from`: the first entry that is published. Errors: there is no checkpoint of this key, or files cannot be read, or
// what is asked for cannot be seen from `from` on. What is found wrong beyond that is no error.
Result<LogVerdict> verify_log(Files& files, const NoteVerifier& log, const std::optional<Checkpoint>& earlier,
                              std::uint64_t from = 0);

}  // namespace entente::audit
