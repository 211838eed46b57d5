// Entry: one line of the log, as canonical JSON. It says that something happened, when, and in which order, and commits
// to a record of what it was; the record itself, and who it was about, are not in it.
//
// A lane is one tenant's entries in one run of one server, under a name that says nothing. Its intents are numbered
// from 1 together with its refusals (work that a rule did not let go anywhere), each entry names the hash of the lane's
// entry before it, and every intent ends in an outcome: whoever holds some of a lane's entries sees that one was left
// out, renumbered or rewritten. Pure, any thread. Failure: invalid_request.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace entente::audit {

enum class EntryKind { intent, outcome, refusal };
std::string_view to_string(EntryKind kind);

struct Entry {
  EntryKind kind = EntryKind::intent;
  std::string attempt;      // "att_…"; of a refusal "ref_…"
  std::string lane;         // "lan_…"
  std::int64_t number = 0;  // of the intent or refusal in its lane; an outcome has its intent's
  Digest previous{};        // hash_entry() of the lane's entry before this one; zeros: there is none
  Digest record{};          // commitment to what happened
  std::string at;           // RFC 3339
  friend bool operator==(const Entry&, const Entry&) = default;
};

std::string entry_text(const Entry& entry);
Result<Entry> parse_entry(std::string_view text);  // only what entry_text() would write

// Hides and binds: who knows salt and content can show that this was it; who does not learns nothing.
using Salt = std::array<std::uint8_t, 32>;
Salt new_salt();
Digest commitment_to(const Salt& salt, std::string_view content);

}  // namespace entente::audit
