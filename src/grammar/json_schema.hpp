// JSON Schema (draft 2020-12, and the older spellings of definitions, items and tuples) as a grammar: whatever the
// grammar accepts is valid under the schema. It accepts one way of writing each value: members in the order of
// `properties`, undeclared members only where the schema speaks of them, numbers and white space as in json_text.hpp.
//
// What cannot be expressed is invalid_request with the reason "unsupported_schema" and a sentence that names the
// keyword and where it stands; with `lenient` it is left out instead, the grammar accepts more than the schema and says
// so (Grammar::left_out), but for a oneOf, of which two may hold then. Left out, too, is a schema under which no value
// is valid. Limits: 20,000 nodes of schema, 200 within each other (a definition counts only where another begins with
// it; with `lenient`, anything goes below), 4,096 values in all enums, names of 256 bytes. Pure; milliseconds for
// schemas of ordinary size.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "grammar/json_text.hpp"
#include "wire/json.hpp"

namespace entente::grammar {

struct SchemaOptions {
  bool lenient = false;
  std::string_view param = "schema";  // how the client calls the schema, for what is said about mistakes
};

Result<Node> json_schema(Grammar& grammar, JsonText& json, std::string_view schema, const SchemaOptions& options);

}  // namespace entente::grammar
