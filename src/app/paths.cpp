#include "app/paths.hpp"

#include <cstdlib>

namespace entente::app {

namespace fs = std::filesystem;

namespace {

fs::path data_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) return fs::path(data) / "entente";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".local/share/entente";
  return "/var/lib/entente";
}

fs::path choose(const std::string& configured, const char* variable, const fs::path& otherwise) {
  if (!configured.empty()) return configured;
  if (const char* value = std::getenv(variable); value && *value) return value;
  return otherwise;
}

}  // namespace

fs::path state_dir(const config::Config& config) {
  return choose(config.server.state_dir, "ENTENTE_STATE", data_folder());
}
fs::path models_dir(const config::Config& config) {
  return choose(config.engine.models_dir, "ENTENTE_MODELS", data_folder() / "models");
}
fs::path spill_dir(const config::Config& config) {
  return config.engine.spill_folder.empty() ? state_dir(config) / "spill" : fs::path(config.engine.spill_folder);
}

}  // namespace entente::app
