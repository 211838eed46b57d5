#include "models/catalogue.hpp"

#include <algorithm>

namespace entente::models {

namespace {
constexpr Known table[] = {
    {.name = default_model,
     .maker = "Hugging Face",
     .licence = "Apache-2.0",
     .file = "SmolLM2-135M-Instruct.Q4_1.gguf",
     .bytes = 98'362'432,
     .sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
     .source = "",
     .sampling = {.temperature = 0.2, .top_p = 0.9},
     .what = "SmolLM2 135M Instruct: answers on any machine, knows little"},
};
}  // namespace

std::span<const Known> known_models() { return table; }

const Known* find_known(std::string_view name) {
  auto found = std::ranges::find(table, name, &Known::name);
  return found == std::end(table) ? nullptr : found;
}

const Known* find_known_by_hash(std::string_view sha256) {
  auto found = std::ranges::find(table, sha256, &Known::sha256);
  return found == std::end(table) ? nullptr : found;
}

RecommendedSampling recommended_sampling(std::string_view sha256) {
  const Known* known = find_known_by_hash(sha256);
  return known ? known->sampling : RecommendedSampling{};
}

}  // namespace entente::models
