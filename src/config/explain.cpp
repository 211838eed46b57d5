#include "config/explain.hpp"

#include <algorithm>
#include <format>
#include <iterator>

#include "config/definition.hpp"

namespace entente::config {

namespace {

template <class T>
void add(std::vector<Explained>& out, std::string_view prefix, std::span<const Setting<T>> settings) {
  const T defaults{};
  for (const auto& s : settings) {
    out.push_back({.key = std::string(prefix) + s.key,
                   .words = s.words,
                   .default_value = s.required                 ? "(must be given)"
                                    : s.show(defaults).empty() ? "(not stated)"
                                                               : s.show(defaults),
                   .help = s.help,
                   .details = s.details,
                   .example = s.example,
                   .needs_restart = s.applies == Applies::at_restart});
  }
}

}  // namespace

std::vector<Explained> explain_all() {
  std::vector<Explained> out;
  add(out, "", settings());
  add(out, "server.facts.", facts_settings());
  add(out, "engine.models[].", engine_model_settings());
  add(out, "engine.adapters[].", adapter_settings());
  add(out, "engine.shares[].", engine_share_settings());
  add(out, "providers[].", provider_settings());
  add(out, "deployments[].", deployment_settings());
  add(out, "deployments[].facts.", facts_settings());
  add(out, "deployments[].price.", price_settings());
  add(out, "models[].", model_settings());
  add(out, "quotas[].", quota_settings());
  add(out, "labels[].", label_settings());
  add(out, "policies[].", policy_settings());
  add(out, "policies[].when.", when_settings());
  for (auto demand : {policy::Demand::require, policy::Demand::forbid, policy::Demand::prefer})
    add(out, std::format("policies[].{}.", policy::to_string(demand)), demand_settings(demand));
  add(out, "profiles[].", profile_settings());
  add(out, "profiles[].rules[].", article_settings());
  add(out, "laws[].", law_settings());
  return out;
}

std::vector<Shown> show_all(const Loaded& loaded) {
  std::vector<Shown> out;
  auto row = [&](std::string key, std::string value) {
    auto origin = loaded.origins.find(key);
    out.push_back({key, std::move(value), origin == loaded.origins.end() ? "default" : origin->second});
  };
  for (const auto& s : settings()) row(s.key, s.show(loaded.config));
  for (const auto& s : facts_settings()) row("server.facts." + s.key, s.show(loaded.config.server.facts));
  auto list = [&]<class T>(std::string_view name, std::span<const Setting<T>> definitions,
                           const std::vector<T>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (const auto& s : definitions)
        out.push_back({std::format("{}[{}].{}", name, i, s.key), s.show(items[i]), loaded.file.string()});
    }
  };
  list("engine.models", engine_model_settings(), loaded.config.engine.models);
  list("engine.adapters", adapter_settings(), loaded.config.engine.adapters);
  list("engine.shares", engine_share_settings(), loaded.config.engine.shares);
  list("providers", provider_settings(), loaded.config.providers);
  list("deployments", deployment_settings(), loaded.config.deployments);
  list("models", model_settings(), loaded.config.models);
  list("quotas", quota_settings(), loaded.config.quotas);
  list("labels", label_settings(), loaded.config.labels);
  const std::vector<policy::Policy>& policies = loaded.config.policies.policies;
  list("policies", policy_settings(), policies);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    auto add = [&](std::string_view table, const auto& definitions, const auto& value) {
      for (const auto& s : definitions) {
        if (std::string shown = s.show(value); !shown.empty())
          out.push_back({std::format("policies[{}].{}.{}", i, table, s.key), shown, loaded.file.string()});
      }
    };
    add("when", when_settings(), policies[i].when);
    for (auto demand : {policy::Demand::require, policy::Demand::forbid, policy::Demand::prefer}) {
      Demands demands;
      std::ranges::copy_if(policies[i].rules, std::back_inserter(demands.rules),
                           [&](const policy::Rule& rule) { return rule.demand == demand; });
      if (demands.rules.empty()) continue;
      demands.all.least = demands.rules.front().least;
      add(policy::to_string(demand), demand_settings(demand), demands);
    }
  }
  return out;
}

std::string as_markdown() {
  std::string out =
      "# Configuration\n\n"
      "Entente needs no configuration file. When there is one it is TOML, found by `--config FILE`, else "
      "`$ENTENTE_CONFIG`, else\n"
      "`/etc/entente/entente.toml`. `entente config check` reads it and names every mistake with its line; `entente "
      "config show\n"
      "--origin` prints what is in force and where it comes from; `entente config explain KEY` prints what stands "
      "below.\n\n"
      "SIGHUP, or `entente config reload`, reads the file again: the whole of it is taken or, if anything is wrong, "
      "none of it.\n"
      "No answer is interrupted. Settings marked *restart* keep their old value until the server is started again.\n\n"
      "Secrets never stand in the file: write `\"env:NAME\"` or `\"file:/path\"`.\n\n"
      "This page is written by `entente config docs`; the definitions are in `src/config/definitions.cpp`.\n\n"
      "| key | kind | default | what it does |\n|---|---|---|---|\n";
  auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\|");
    return text;
  };
  for (const Explained& e : explain_all()) {
    out += std::format("| `{}` | {} | `{}` | {}{}{}{} |\n", e.key, cell(e.words), cell(e.default_value), cell(e.help),
                       e.details.empty() ? "" : " " + cell(e.details),
                       e.example.empty() ? "" : std::format(" Example: `{}`.", cell(e.example)),
                       e.needs_restart ? " *restart*" : "");
  }
  return out;
}

}  // namespace entente::config
