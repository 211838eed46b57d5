#include <algorithm>

#include "net/http.hpp"

namespace entente::net {

namespace {
bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}
}  // namespace

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

std::string_view Headers::get(std::string_view name) const {
  auto found = std::ranges::find_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

bool Headers::contains(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

}  // namespace entente::net
