// Day head: an entry of the log that names all lanes in which one tenant had something done on a day of UTC, and how
// far each of them had come when it was written. A server that is started again begins a new lane, so a lane's own
// numbers cannot show that there was another one: the head does. Whoever holds it and the log sees a whole lane that
// was withheld, and whoever holds a receipt of that day whose lane it does not name holds a proof of that.
//
// It belongs to no lane and commits to its record with a salt, as an intent does: which lanes belong together, and to
// whom, is for that tenant alone. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"
#include "audit/entries/entry.hpp"
#include "audit/receipts/held_entry.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/receipts/receipt.hpp"

namespace entente::audit {

// As it stands in the log.
struct DayHead {
  std::string day;  // "2026-11-27"
  Digest record{};  // commitment to its DayRecord
  std::string at;   // RFC 3339
  friend bool operator==(const DayHead&, const DayHead&) = default;
};

std::string day_head_text(const DayHead& head);
Result<DayHead> parse_day_head(std::string_view text);  // only what day_head_text() would write

struct LaneEnd {
  std::string lane;
  std::int64_t numbers = 0;  // intents and refusals in it
  Digest last{};             // hash of its newest entry
  friend bool operator==(const LaneEnd&, const LaneEnd&) = default;
};

struct DayRecord {
  std::string day, tenant;
  std::vector<LaneEnd> lanes;  // by name
  friend bool operator==(const DayRecord&, const DayRecord&) = default;
};

std::string day_record_text(DayRecord record);  // canonical JSON
Result<DayRecord> parse_day_record(std::string_view text);

// What a tenant holds of it says so under the log's signature.
Result<DayRecord> verify_held_head(const HeldEntry& held, const NoteVerifier& log);

// Whether the lanes that stood before a head in its log end as it says.
Result<> check_ends(const DayRecord& record, const Lanes& lanes);
// The same, of the lanes of the `index` entries before it: `entry` gives the log's entries.
Result<> check_lanes(const DayRecord& record, std::int64_t index, const ReadEntry& entry);

// Whether a receipt that was verified is one that the head knows of: for each of its attempts of that day, its lane is
// named and its number is counted.
Result<> check_knows(const DayRecord& record, const Receipt& receipt);

}  // namespace entente::audit
