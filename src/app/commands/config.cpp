#include <algorithm>
#include <csignal>
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/server/running.hpp"
#include "app/terminal/output.hpp"
#include "base/suggest.hpp"
#include "config/explain.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

int config_check(const Common& common) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  std::string file = loaded->file.empty() ? "no file, all defaults" : loaded->file.string();
  if (common.json) {
    std::string out;
    wire::JsonWriter(out).begin_object().key("ok").boolean(true).key("file").string(loaded->file.string()).end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("The configuration is good (%s).\n", file.c_str());
  }
  return 0;
}

int config_explain(const Common& common, const std::string& key) {
  std::vector<config::Explained> all = config::explain_all();
  if (!key.empty()) {
    std::vector<std::string> keys;
    keys.reserve(all.size());
    for (const auto& e : all) keys.push_back(e.key);
    std::erase_if(all, [&](const auto& e) {
      return e.key != key && !e.key.starts_with(key + ".") && !e.key.starts_with(key + "[]");
    });
    if (all.empty()) {
      std::string near = nearest_name(key, keys);
      return report({.code = ErrorCode::not_found,
                     .message = std::format("There is no setting {}.{}", key,
                                            near.empty() ? "" : std::format(" Did you mean {}?", near))},
                    common.json);
    }
  }
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const auto& e : all) {
      json.begin_object().key("key").string(e.key).key("kind").string(e.words).key("default").string(e.default_value);
      json.key("help").string(e.help).key("details").string(e.details).key("example").string(e.example);
      json.key("needs_restart").boolean(e.needs_restart).end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  for (const auto& e : all) {
    std::printf("%s = %s\n    %s\n", e.key.c_str(), e.default_value.c_str(), e.help.c_str());
    if (!e.details.empty()) std::printf("    %s\n", e.details.c_str());
    std::printf("    Kind: %s.%s%s\n\n", e.words.c_str(),
                e.example.empty() ? "" : std::format(" Example: {}.", e.example).c_str(),
                e.needs_restart ? " Applies after a restart." : "");
  }
  return 0;
}

int config_show(const Common& common, bool origin) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  std::vector<config::Shown> all = config::show_all(*loaded);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const auto& s : all) {
      json.begin_object()
          .key("key")
          .string(s.key)
          .key("value")
          .string(s.value)
          .key("origin")
          .string(s.origin)
          .end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  for (const auto& s : all) {
    std::printf("%s = %s%s\n", s.key.c_str(), s.value.c_str(), origin ? std::format("  # {}", s.origin).c_str() : "");
  }
  return 0;
}

int config_docs() {
  std::fputs(config::as_markdown().c_str(), stdout);
  return 0;
}

int config_reload(const Common& common) {
  auto sent = [&]() -> Result<> {
    TRY_ASSIGN(config::Loaded loaded,
               config::load_file(common.config_file));  // a mistake is better said here than in the log
    auto running = find_running(state_dir(loaded.config));
    if (!running || kill(running->process, SIGHUP) != 0) {
      return fail(ErrorCode::not_found, std::format("No server runs from {}.", state_dir(loaded.config).string()));
    }
    return {};
  }();
  if (!sent) return report(sent.error(), common.json);
  std::printf(common.json ? "{\"reloaded\":true}\n" : "The server was told; its log says what it took.\n");
  return 0;
}

}  // namespace entente::app
