// From one schema to the plain schemas it stands for: references followed, allOf put together, anyOf and oneOf taken
// apart. A plain schema has none of those keywords. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::grammar {

class SchemaForms {
 public:
  // `lenient`: two of a oneOf may hold at once.
  SchemaForms(const wire::Json& root, bool lenient) : root_(root), lenient_(lenient) {}

  // What "#/…" names (RFC 6901, section 6); nullptr when nothing is there.
  const wire::Json* find(std::string_view reference) const;

  // Errors are sentences that go on from "…" and name the keyword: `unsupported` for what could be said and is too much
  // here, invalid_request for what is no schema.
  Result<std::vector<wire::Json>> plain_forms(const wire::Json& schema, int depth = 0) const;

  // That no value can be valid under two of a oneOf's schemas.
  Result<> check_one_of(const wire::Json& list) const;

 private:
  Result<wire::Json> both(const wire::Json& a, const wire::Json& b) const;
  Result<> one_at_a_time(const std::vector<std::vector<wire::Json>>& alternatives) const;
  // Of plain schemas: whether no value can be valid under both. False also when it cannot be told.
  bool exclude_each_other(const wire::Json& a, const wire::Json& b, int depth) const;
  bool exclude_each_other(const std::vector<wire::Json>& a, const std::vector<wire::Json>& b, int depth) const;
  std::optional<bool> lists_exclude_each_other(const wire::Json& a, const wire::Json& b) const;
  bool members_exclude_each_other(const wire::Json& a, const wire::Json& b, int depth) const;

  const wire::Json& root_;
  const bool lenient_;
  // Schemas can ask for far more work than they are long: what they may ask for is counted.
  mutable int followed_ = 0;
  mutable std::size_t compared_ = 0;
  mutable bool comparing_ = false;  // while alternatives of a oneOf are held against each other
};

// "object", "array", … that a plain schema allows. All, when it does not say.
std::vector<std::string> types_of(const wire::Json& schema);

// As JSON Schema compares values: 1 is 1.0, and the order of members says nothing.
bool equal(const wire::Json& a, const wire::Json& b);

// Keywords that say nothing about what is valid.
bool is_annotation(std::string_view keyword);

}  // namespace entente::grammar
