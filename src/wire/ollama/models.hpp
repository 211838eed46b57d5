// Ollama's dialect of models: /api/tags, /api/show, /api/ps, /api/version. What is not known here is left out or empty.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/deployment.hpp"

namespace entente::wire {

// "m" of "m:latest": clients put that tag behind names that have none.
std::string without_latest(std::string name);

Result<std::string> decode_ollama_model_name(std::string_view body);  // {"model"} or the older {"name"}

// A model's file on this machine, as far as it is known; nothing of it: the model runs elsewhere.
struct OllamaFile {
  std::string sha256;  // hexadecimal
  std::uint64_t bytes = 0;
  std::string architecture, quantisation, licence;
  std::uint64_t parameters = 0;
  std::uint64_t context_tokens = 0;  // what can be used here
  std::vector<std::string> capabilities = {"completion", "tools"};
};
using OllamaFiles = std::map<std::string, OllamaFile, std::less<>>;  // by the model's name

std::string encode_ollama_tags(const Catalogue& catalogue, const OllamaFiles& files);
std::string encode_ollama_shown(const Model& model, const OllamaFile& file);

struct OllamaPull {
  std::string model;
  bool stream = true;
};
Result<OllamaPull> decode_ollama_pull(std::string_view body);
// A line of its progress; total 0: it is not known.
std::string encode_ollama_pull_line(std::string_view status, std::uint64_t done = 0, std::uint64_t total = 0);
std::string encode_ollama_pull_failure(std::string_view message);

struct OllamaResident {
  std::string name;
  std::uint64_t bytes = 0, device_bytes = 0;  // in all, and of these on a device beside the processor
  std::uint32_t context_tokens = 0;
  std::optional<Instant> expires_at;  // none: it stays
  OllamaFile file;
};
std::string encode_ollama_ps(const std::vector<OllamaResident>& residents, Instant now);

// The version of Ollama whose API this is: clients ask for at least one.
std::string encode_ollama_version();

}  // namespace entente::wire
