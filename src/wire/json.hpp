// Json: a parsed JSON document, strict where clients get it wrong.
//
// parse_json() refuses what many parsers swallow: duplicate keys, text after the document, invalid UTF-8, nesting
// beyond a limit, numbers that fit no number type. simdjson does the parsing (it alone keeps duplicate keys visible);
// this small value type keeps its heavy header in one file. Pure, any thread. Errors are invalid_request with the
// reason "invalid_json" and, for a duplicate key, the key as `param`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace entente::wire {

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of the document
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value = nullptr;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }

  // The member of that name; nullptr when this is no object or has none.
  const Json* find(std::string_view name) const;

  // The member of that name if it is of that kind; nullptr otherwise.
  const std::string* text(std::string_view name) const { return member<std::string>(name); }
  const std::int64_t* integer(std::string_view name) const { return member<std::int64_t>(name); }
  const Array* array(std::string_view name) const { return member<Array>(name); }

  // What a person calls this kind of value: "a string", "an integer", …
  std::string_view kind() const;

 private:
  template <class T>
  const T* member(std::string_view name) const {
    const Json* found = find(name);
    return found ? found->as<T>() : nullptr;
  }
};

Result<Json> parse_json(std::string_view text, std::size_t deepest_nesting = 64);

}  // namespace entente::wire
