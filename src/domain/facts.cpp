#include "domain/facts.hpp"

namespace entente {

std::string_view to_string(Assurance assurance) {
  switch (assurance) {
    case Assurance::unknown: return "unknown";
    case Assurance::declared: return "declared";
    case Assurance::contract: return "contract";
    case Assurance::certified: return "certified";
    case Assurance::measured: return "measured";
  }
  return "unknown";
}

Facts completed(Facts facts, const Facts& others) {
  for_each_fact([&](std::string_view, auto member) {
    if (!(facts.*member).value) facts.*member = others.*member;
  });
  return facts;
}

std::string place_of(const Facts& facts) {
  const auto& locations = facts.processing_locations.value;
  if (!locations || locations->empty()) return "place not stated";
  std::string out;
  for (const std::string& location : *locations) {
    if (!out.empty()) out += ", ";
    out += location;
  }
  return out;
}

}  // namespace entente
