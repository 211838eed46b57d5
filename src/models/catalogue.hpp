// Models known by name, with what can be said of them truthfully: maker, licence, size, hash. Data, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "domain/sampling.hpp"

namespace entente::models {

struct Known {
  std::string_view name;  // "smollm2:135m"
  std::string_view maker;
  std::string_view licence;  // SPDX
  std::string_view file;     // the file's usual name
  std::uint64_t bytes;
  std::string_view sha256;       // hexadecimal
  std::string_view source;       // where pull fetches it; empty: it must be imported
  RecommendedSampling sampling;  // by the maker's model card
  std::string_view what;         // one line for a person
};

std::span<const Known> known_models();
const Known* find_known(std::string_view name);
const Known* find_known_by_hash(std::string_view sha256);
RecommendedSampling recommended_sampling(std::string_view sha256);  // empty for a file that is not known

inline constexpr std::string_view default_model = "smollm2:135m";

}  // namespace entente::models
