#include <algorithm>

#include "base/ascii.hpp"
#include "net/http.hpp"

namespace entente::net {

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
}

std::string_view Headers::get(std::string_view name) const {
  auto found = std::ranges::find_if(fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

bool Headers::contains(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
}

}  // namespace entente::net
