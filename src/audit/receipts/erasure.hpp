// Erasure: an entry of the log by which the server says that what it knew of some earlier entries is gone: their
// records and salts were destroyed, because the person they were about asked for it or because their time was over. The
// entries themselves stay and the tree with them: without its salt, a commitment says nothing of anybody.
//
// So that nobody can pass off as erased what was withheld, the erasure names the entries: whoever misses the record of
// an entry finds it either in an erasure that the log has, or it is MISSING. Which entries belong together, and on what
// ground they went, is in a record that the erasure commits to with a salt, as the head of a day does: it is for the
// tenant alone. It says no name. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entries/entry.hpp"
#include "audit/receipts/held_entry.hpp"

namespace entente::audit {

// As it stands in the log.
struct Erasure {
  std::int64_t erased = 0;  // how many entries
  Digest record{};          // commitment to its ErasureRecord
  std::string at;           // RFC 3339
  friend bool operator==(const Erasure&, const Erasure&) = default;
};

std::string erasure_text(const Erasure& erasure);
Result<Erasure> parse_erasure(std::string_view text);  // only what erasure_text() would write

// Entries of the log that follow each other, both ends included.
struct EntrySpan {
  std::int64_t first = 0, last = 0;
  friend bool operator==(const EntrySpan&, const EntrySpan&) = default;
};

enum class ErasureCause { subject, retention };  // somebody asked; their time was over
std::string_view to_string(ErasureCause cause);

struct ErasureRecord {
  ErasureCause cause = ErasureCause::subject;
  std::vector<EntrySpan> entries;  // in order, none in two of them
  std::string ground;              // in the words of whoever ordered it
  std::string tenant;              // id
  friend bool operator==(const ErasureRecord&, const ErasureRecord&) = default;

  std::int64_t count() const;
  bool has(std::int64_t index) const;
};

// Entries in order as spans.
void add_entry(std::vector<EntrySpan>& spans, std::int64_t index);

std::string erasure_record_text(const ErasureRecord& record);  // canonical JSON
Result<ErasureRecord> parse_erasure_record(std::string_view text);

// What a tenant holds of it says so under the log's signature, and only of entries that stood before it.
Result<ErasureRecord> verify_held_erasure(const HeldEntry& held, const NoteVerifier& log);

}  // namespace entente::audit
