// config/load.hpp: a configuration that is accepted shows itself as TOML that is accepted too and shows itself the
// same; one that is refused names a line for every mistake.
#include <string>

#include "config/definition.hpp"
#include "config/load.hpp"
#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

template <class T>
void append(std::string& out, std::span<const config::Setting<T>> settings, const T& source,
            std::string_view prefix = "") {
  for (const auto& setting : settings) {
    std::string value = setting.show(source);
    if (value.empty() || value == "\"\"" || value == "\"unknown\"") continue;  // what is not stated
    out += std::string(prefix) + setting.key + " = " + value + "\n";
  }
}

std::string shown(const config::Config& config) {
  std::string out;
  for (const auto& setting : config::settings()) {
    std::string value = setting.show(config);
    if (value != "\"\"") out += setting.key + " = " + value + "\n";  // no text: not set
  }
  append(out, config::facts_settings(), config.server.facts, "server.facts.");
  for (const auto& provider : config.providers) {
    out += "[[providers]]\n";
    append(out, config::provider_settings(), provider);
  }
  for (const auto& deployment : config.deployments) {
    out += "[[deployments]]\n";
    append(out, config::deployment_settings(), deployment);
    append(out, config::facts_settings(), deployment.facts, "facts.");
    if (deployment.price) append(out, config::price_settings(), *deployment.price, "price.");
  }
  for (const auto& model : config.models) {
    out += "[[models]]\n";
    append(out, config::model_settings(), model);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto loaded = config::load_text(text_of(data, size), "fuzz.toml");
  if (!loaded) {
    require_good_refusal(loaded.error(), 1000 + 1000 * size);  // one line a mistake
    require(loaded.error().message.starts_with("fuzz.toml:"), "a mistake has its place");
    return 0;
  }
  std::string text = shown(loaded->config);
  auto again = config::load_text(text, "shown.toml");
  if (!again) std::fprintf(stderr, "%s\n%s\n", text.c_str(), again.error().message.c_str());
  require(again.has_value(), "what is in force can be written as a configuration");
  require(shown(again->config) == text, "and means the same");
  return 0;
}
