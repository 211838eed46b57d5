// COSE receipts (RFC 9942): that an entry is in the log, in the form that tools for COSE and SCITT read: a COSE_Sign1
// whose payload, the root of the tree, is left out, so that whoever checks it computes it from the entry and its proof.
//
// The log signs its root in this form beside the checkpoint, with the same key: no note begins as a Sig_structure of
// COSE does, so neither signature can stand for the other. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/checkpoints/checkpoint.hpp"

namespace entente::audit {

std::string sign_root(const NoteSigner& log, const Digest& root);

Result<> check_root(std::string_view signature, const Digest& root, const NoteVerifier& log);

// The receipt of one entry. `checkpoint`: the log's note of the tree to which the proof leads; nobody's signature is
// looked at here. `signature`: of sign_root(), of the same tree.
Result<std::string> cose_receipt(std::string_view checkpoint, std::string_view signature, std::uint64_t index,
                                 const Proof& proof);

}  // namespace entente::audit
