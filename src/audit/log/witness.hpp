// Witness: cosigns the checkpoints of other people's logs, each only when it continues all that was cosigned before
// (C2SP tlog-witness), with Ed25519 and ML-DSA-44. A log that shows one history to some and another to others does not
// get both cosigned.
//
// What was cosigned last of each log is a file, written before the cosignature is given: after a kill at any moment a
// newer checkpoint is known than any that somebody holds a cosignature for, never an older one. A file that cannot be
// read is an error, not a log that was never seen.
//
// Any thread; requests are dealt with one after the other. Blocks as long as the files do.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/add_checkpoint.hpp"
#include "audit/checkpoints/cosignature.hpp"
#include "audit/log/log.hpp"

namespace entente::audit {

struct WitnessAnswer {
  Judgement judgement = Judgement::consistent;
  std::string says;          // one sentence, when it is refused
  std::string cosignatures;  // lines, when it is not
  std::uint64_t known = 0;   // entries of the checkpoint that was cosigned last
  // When the log's signature holds: who it is, and what it signed. A proof that does not hold may be anybody's, for
  // checkpoints are public; two trees of one size under the log's signature are the log's own doing.
  std::string origin, submitted;
  bool contradiction = false;  // these; kept as evidence
};

class Witness {
 public:
  Witness(Cosigner ed25519, MldsaCosigner mldsa, Files& files)
      : ed25519_(std::move(ed25519)), mldsa_(std::move(mldsa)), files_(&files) {}

  // Ed25519, then ML-DSA-44.
  std::vector<CosignatureVerifier> verifiers() const { return {ed25519_.verifier(), mldsa_.verifier()}; }

  // `logs`: those that are witnessed, under their own names. Errors: what files say; unavailable when what was cosigned
  // cannot be read. Nothing is cosigned then.
  // A checkpoint of more than three lines is cosigned with Ed25519 alone.
  Result<WitnessAnswer> add_checkpoint(std::string_view body, std::span<const NoteVerifier> logs, Instant now);

  // The last checkpoint of a log that was cosigned, with the log's signature and ours; none: there is none.
  // `origin_hash`: SHA-256 of its name, hexadecimal.
  Result<std::optional<std::string>> checkpoint(std::string_view origin_hash);

 private:
  struct Known {
    Tree tree;
    std::chrono::sys_seconds at;
  };
  Result<Known> known(const std::string& origin);
  Result<> keep_evidence(const std::string& origin, std::string_view note);

  Cosigner ed25519_;
  MldsaCosigner mldsa_;
  Files* files_;
  std::mutex mutex_;
};

// Of an origin, as tlog-witness names the file that a monitor reads.
std::string origin_hash(std::string_view origin);

}  // namespace entente::audit
