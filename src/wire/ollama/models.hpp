// Ollama's dialect of models: /api/tags, /api/show, /api/ps, /api/version. What is not known here is left out or empty.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/deployment.hpp"

namespace entente::wire {

Result<std::string> decode_ollama_model_name(std::string_view body);  // {"model"} or the older {"name"}

std::string encode_ollama_tags(const Catalogue& catalogue);
std::string encode_ollama_shown(const Model& model);

struct OllamaResident {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint32_t context_tokens = 0;
};
std::string encode_ollama_ps(const std::vector<OllamaResident>& residents);

// The version of Ollama whose API this is: clients ask for at least one.
std::string encode_ollama_version();

}  // namespace entente::wire
