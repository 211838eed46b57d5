// Checkpoint (C2SP tlog-checkpoint): what a log signs: its name, how many entries it has, and the hash over them.
// Proof file (C2SP tlog-proof v1): one entry's way to a checkpoint, checked without the log. Pure, any thread. Failure:
// invalid_request with a sentence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "audit/keys/note.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {

struct Checkpoint {
  std::string origin;
  Tree tree;
};

std::string checkpoint_text(const Checkpoint& checkpoint);  // what is signed
Result<Checkpoint> parse_checkpoint(std::string_view text);

// A signed checkpoint of the log that `log` is the key of.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log);

struct ProofFile {
  std::uint64_t index = 0;
  Proof proof;
  std::string checkpoint;  // the note as it was published
};

std::string proof_file_text(const ProofFile& file);
Result<ProofFile> parse_proof_file(std::string_view text);

// That the entry is in the log: the checkpoint it was proved under.
Result<Checkpoint> check_proof_file(const ProofFile& file, const Digest& entry_hash, const NoteVerifier& log);

}  // namespace entente::audit
