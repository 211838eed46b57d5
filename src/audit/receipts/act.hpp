// Act: an entry of the log by which the server says that whoever runs it did something that its receipts and exports
// are to be understood by: made a key or revoked one, held what is recorded of somebody, or released it. What policies
// and facts hold is in statements (statement.hpp).
//
// Who reads the log learns that something was done, and when; what it was is in a record that the entry commits to with
// a salt, as the head of a day does, for the tenant whom it concerns. Beside what the operator wrote (a key's name, a
// ground) it names nobody. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <string>
#include <string_view>

#include "audit/receipts/held_entry.hpp"

namespace entente::audit {

// As it stands in the log.
struct Act {
  Digest record{};  // commitment to its ActRecord
  std::string at;   // RFC 3339: when it was written here, a second or two after it was done
  friend bool operator==(const Act&, const Act&) = default;
};

std::string act_text(const Act& act);
Result<Act> parse_act(std::string_view text);  // only what act_text() would write

enum class ActKind { hold, key_created, key_revoked, release };
std::string_view to_string(ActKind kind);

struct ActRecord {
  ActKind kind = ActKind::key_created;
  std::string at;      // RFC 3339: when it was done
  std::string tenant;  // id
  std::string about;   // id of the key, or the subject's number in the store
  std::string says;    // the key's name, or the ground of a hold; of the others empty
  friend bool operator==(const ActRecord&, const ActRecord&) = default;
};

std::string act_record_text(const ActRecord& record);  // canonical JSON
Result<ActRecord> parse_act_record(std::string_view text);

// What a tenant holds of it says so under the log's signature.
Result<ActRecord> verify_held_act(const HeldEntry& held, const NoteVerifier& log);

}  // namespace entente::audit
