// Held entry: what a tenant holds of an entry of the log that is about it alone and belongs to no request: an act of
// the operator (act.hpp), an erasure (erasure.hpp), or the head of a day (day_head.hpp). The entry, the record that it
// commits to, and the way to a signed checkpoint, as JSON; checked offline with the log's public key.
//
// Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/keys/note.hpp"
#include "audit/receipts/receipt.hpp"

namespace entente::audit {

enum class HeldKind { act, erasure, head };
std::string_view to_string(HeldKind kind);

struct HeldEntry {
  HeldKind kind = HeldKind::head;
  ReceiptEntry entry;
  std::string checkpoint;  // a note
};

std::string held_text(const HeldEntry& held);
Result<HeldEntry> parse_held(std::string_view text);

// Of which kind a text is, if it is one that is held; a receipt is not.
std::optional<HeldKind> held_kind(std::string_view text);

// That it is held as what its entry is, the record is the one that the entry commits to by `commitment`, and the entry
// is in the log under the log's signature.
Result<> check_held(const HeldEntry& held, HeldKind is, const Digest& commitment, const NoteVerifier& log);

}  // namespace entente::audit
