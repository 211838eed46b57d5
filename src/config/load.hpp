// From a file's text to a checked Config. All mistakes are reported at once, each with file, line, column, what came,
// what was expected and a suggestion; one mistake refuses the whole file. Pure but for load_file(), which reads one
// file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace entente::config {

struct Loaded {
  Config config;
  std::map<std::string, std::string> origins;  // key -> "/etc/entente.toml:3"; a key not here has its default
  std::filesystem::path file;                  // empty: no file
};

Result<Loaded> load_text(std::string_view text, std::string_view file_name);

// The file given, else $ENTENTE_CONFIG, else /etc/entente/entente.toml if it is there, else the defaults.
Result<Loaded> load_file(const std::filesystem::path& given);

// What comes with Entente of what providers say of themselves.
const std::vector<Registered>& provider_register();

// Settings that differ and only apply after a restart.
std::vector<std::string> restart_needed(const Config& before, const Config& after);

}  // namespace entente::config
