// Passed fields: members of a request that mean nothing to this server, and may mean something to whoever reads the
// same dialect: they go on with the values that came, to nobody else. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace entente {

struct PassedField {
  std::string name;
  std::string value;     // JSON
  bool classed = false;  // what it can do is known (wire/field_classes.hpp): nothing but change an answer and its cost
};

struct PassedFields {
  std::string_view dialect;         // "openai chat"; a literal
  std::vector<PassedField> fields;  // at least one
  Error refusal;                    // what the client is told where nobody can be found who reads them
};

}  // namespace entente
