// Subject: whom work is about. A person as the clients of one tenant name them (`user`, `safety_identifier`,
// `metadata.user_id`: proven by nobody), or, where none is named, the key that asked. What is recorded of a subject can
// be erased without touching anybody else's. Plain values.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "domain/principal.hpp"

namespace entente {

struct Subject {
  enum class Kind { person = 1, key = 2 };  // the numbers are on disk

  std::string tenant;  // id
  Kind kind = Kind::key;
  std::string name;  // as the client says; of a key: its id
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

inline Subject subject_of(const Principal& who, const std::string& person) {
  if (person.empty()) return {.tenant = who.tenant, .kind = Subject::Kind::key, .name = who.key};
  return {.tenant = who.tenant, .kind = Subject::Kind::person, .name = person};
}

constexpr std::string_view to_string(Subject::Kind kind) { return kind == Subject::Kind::person ? "person" : "key"; }

}  // namespace entente
