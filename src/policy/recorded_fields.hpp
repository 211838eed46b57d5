// Members of records and statements that are read the same way everywhere: texts, numbers that JSON's own would round,
// and words of our own. What is wrong is rejected at `fields`. Pure.
#pragma once

#include <charconv>
#include <format>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/fields.hpp"

namespace entente::policy {

// A list that is not there is empty.
inline std::vector<std::string> texts(wire::Fields& fields, std::string_view name) {
  std::vector<std::string> out;
  const wire::Json::Array* list = fields.array(name);
  for (const wire::Json& one : list ? *list : wire::Json::Array{}) {
    const auto* text = one.as<std::string>();
    if (!text) return fields.reject(name, std::format("'{}' holds something that is no text.", name)), out;
    out.push_back(*text);
  }
  return out;
}

// Written as a text.
template <class Number>
std::optional<Number> number_in(wire::Fields& fields, std::string_view name) {
  auto text = fields.text(name);
  if (!text) return std::nullopt;
  Number value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size()) return value;
  fields.reject(name, std::format("'{}' is no number.", name));
  return std::nullopt;
}

// One of those that to_string() writes.
template <class Value>
Value one_of(wire::Fields& fields, std::string_view name, std::initializer_list<Value> all) {
  std::string text = fields.required_text(name);
  for (Value value : all) {
    if (to_string(value) == text) return value;
  }
  if (fields.ok()) fields.reject(name, std::format("'{}' has a value that this Entente does not know.", name));
  return *all.begin();
}

}  // namespace entente::policy
