// What a log asks of a witness (C2SP tlog-witness, add-checkpoint): the newest checkpoint, and a proof that it
// continues the one that the witness cosigned last. The request as text, and the witness's judgement of it as a
// function of what it knows; witness.hpp keeps what it knows. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"

namespace entente::audit {

struct AddCheckpoint {
  std::uint64_t old_size = 0;  // of the tree that the proof begins with
  Proof proof;
  std::string checkpoint;  // the note
};

std::string add_checkpoint_text(const AddCheckpoint& request);
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// Each but `consistent` is a refusal with an HTTP status of its own.
enum class Judgement {
  consistent,
  malformed,     // it is not a request
  unknown_log,   // nobody here witnesses a log of this name
  unsigned_,     // not signed by that log's key
  other_size,    // the witness cosigned another size last: that is said, so that the log can begin there
  inconsistent,  // the log does not continue what was cosigned
};

// A checkpoint that one of the logs has signed.
struct Submitted {
  Checkpoint checkpoint;
  std::string text;                     // what is cosigned
  std::vector<std::string> signatures;  // lines of the log's own
};

struct Judged {
  Judgement judgement = Judgement::consistent;
  std::string says;  // to whoever asked: one sentence; nothing when it is consistent
};

// Whether it is a checkpoint of one of these logs, whose keys bear their names. `submitted` is filled when it is.
Judged identify(const AddCheckpoint& request, std::span<const NoteVerifier> logs, Submitted& submitted);

// Whether it may be cosigned after `known`, the tree that was cosigned last (the empty one: none was).
Judged judge_growth(const AddCheckpoint& request, const Checkpoint& submitted, const Tree& known);

}  // namespace entente::audit
