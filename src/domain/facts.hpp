// Facts: what is known of the place a deployment runs in, each with how well it is known. A fact nobody stated is
// `unknown` and counts as the worst value wherever a policy asks for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entente {

enum class Assurance { unknown, declared, contract, certified, measured };
std::string_view to_string(Assurance assurance);

template <class T>
struct Fact {
  std::optional<T> value;  // none: unknown
  Assurance assurance = Assurance::unknown;
  std::string source;    // where it is written: "order form 4.2"
  std::string reviewed;  // ISO date of the last review, "2026-10-01"
};

struct Facts {
  Fact<std::vector<std::string>> processing_locations;  // ISO 3166 country codes
  Fact<std::string> operator_name;                      // who runs the machines; `operator` in configuration
  Fact<std::string> ultimate_parent_country;            // ISO 3166
  Fact<std::int64_t> retention_days;
};

// "FR" or "FR, SE"; "place not stated" when unknown: what a person reads under an answer.
std::string place_of(const Facts& facts);

}  // namespace entente
