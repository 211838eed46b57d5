#include "app/commands/ask_running.hpp"

#include <cstdio>

#include "app/paths.hpp"
#include "app/server/running.hpp"
#include "app/terminal/api_client.hpp"
#include "app/terminal/output.hpp"

namespace entente::app {

Result<std::string> url_of_running(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  return url_of_running(state_dir(loaded.config));
}

int show_running(const Common& common, std::string_view path, void (*print)(const wire::Json& document)) {
  auto told = [&]() -> Result<std::string> {
    TRY_ASSIGN(std::string base, url_of_running(common));
    return get(base + std::string(path));
  }();
  if (!told) return report(told.error(), common.json);
  if (common.json) {
    std::printf("%s\n", told->c_str());
    return 0;
  }
  auto document = wire::parse_json(*told);
  if (!document) return report(document.error(), false);
  print(*document);
  return 0;
}

}  // namespace entente::app
