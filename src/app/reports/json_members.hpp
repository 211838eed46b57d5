// Members of a JSON document of our own (an answer of a running server, a receipt) for showing them: what is missing,
// or of another kind, is empty or 0. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/json.hpp"

namespace entente::app {

inline std::string text_of(const wire::Json& object, std::string_view name) {
  const std::string* text = object.text(name);
  return text ? *text : "";
}

inline std::int64_t whole_of(const wire::Json& object, std::string_view name) {
  const std::int64_t* number = object.integer(name);
  return number ? *number : 0;
}

inline double number_of(const wire::Json& object, std::string_view name) {
  const wire::Json* member = object.find(name);
  if (!member) return 0;
  if (auto* whole = member->as<std::int64_t>()) return static_cast<double>(*whole);
  if (auto* decimal = member->as<double>()) return *decimal;
  return 0;
}

inline const wire::Json::Array& list_of(const wire::Json& object, std::string_view name) {
  static const wire::Json::Array none;
  const wire::Json::Array* list = object.array(name);
  return list ? *list : none;
}

}  // namespace entente::app
