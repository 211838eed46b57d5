#include "app/server/serve.hpp"

#include "app/commands/commands.hpp"
#include "app/terminal/output.hpp"

namespace entente::app {

int serve(const Common& common) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  return serve_until_told(std::move(*loaded));
}

}  // namespace entente::app
