// What a row of the journal holds under its subject's key (subject_keys.hpp): the record that its entry commits to, the
// salt that opens the commitment, and the candidates of its decision with the secret of their salts. One text, so that
// it is sealed at once and gone at once. What adds up, and is about no person, stands beside it in clear
// (sealed_record.hpp).
//
// Pure, any thread. Failure: internal, when a text that opened is not one of these.
#pragma once

#include <string>
#include <string_view>

#include "audit/entries/entry.hpp"
#include "base/result.hpp"

namespace entente::store {

struct RowContent {
  audit::Salt salt{}, secret{};
  std::string record;      // canonical JSON
  std::string candidates;  // a JSON array; empty: an outcome has none
};

// The bytes as a salt; what is missing of it is zeros.
audit::Salt salt_in(std::string_view bytes);

std::string pack(const RowContent& content);
Result<RowContent> unpack(std::string_view packed);

}  // namespace entente::store
