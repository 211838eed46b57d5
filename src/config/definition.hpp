// Setting<T>: one setting of a T, defined once. From the definition come parsing, checks, `config explain`, `config
// show` and docs/configuration.md. The table of all of them is definitions.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/node.hpp"

namespace entente::config {

enum class Applies { at_reload, at_restart };

template <class T>
struct Setting {
  std::string key;      // "server.listen"; inside [[deployments]] only "provider"
  std::string words;    // its kind, for a person
  std::string help;     // one line
  std::string details;  // when one line is not enough
  std::string example;  // a TOML value
  Applies applies = Applies::at_reload;
  bool required = false;
  std::function<Result<>(T&, const Node&)> read;
  std::function<std::string(const T&)> show;  // as TOML would write it
};

// How define() reaches a member: ACCESS(Config, server.listen).
#define ACCESS(type, member) [](type& it) -> auto& { return it.member; }

// What the functions need to know of a setting besides its kind.
struct About {
  std::string help, details = {}, example = {};
  Applies applies = Applies::at_reload;
  bool required = false;
};

template <class T, class Access, class Kind>
Setting<T> define(std::string key, Kind kind, Access access, About about) {
  return {.key = std::move(key),
          .words = kind.words(),
          .help = std::move(about.help),
          .details = std::move(about.details),
          .example = std::move(about.example),
          .applies = about.applies,
          .required = about.required,
          .read = [=](T& target, const Node& node) -> Result<> {
            TRY_ASSIGN(access(target), kind.read(node));
            return {};
          },
          .show = [=](const T& source) { return kind.show(access(const_cast<T&>(source))); }};
}

// What one table of demands says.
struct Demands {
  std::vector<policy::Rule> rules;
  policy::Rule all;  // `least`: how well the facts must be known, for each of them
};

std::span<const Setting<Config>> settings();
std::span<const Setting<Facts>> facts_settings();               // [server.facts] and [deployments.facts]
std::span<const Setting<Price>> price_settings();               // [deployments.price]
std::span<const Setting<EngineModel>> engine_model_settings();  // [[engine.models]]
std::span<const Setting<Adapter>> adapter_settings();           // [[engine.adapters]]
std::span<const Setting<EngineShare>> engine_share_settings();  // [[engine.shares]]
std::span<const Setting<Provider>> provider_settings();         // [[providers]]
std::span<const Setting<Deployment>> deployment_settings();     // [[deployments]]
std::span<const Setting<Model>> model_settings();               // [[models]]

std::span<const Setting<Quota>> quota_settings();      // [[quotas]]
std::span<const Setting<LabelRule>> label_settings();  // [[labels]]

std::span<const Setting<policy::Policy>> policy_settings();    // [[policies]]
std::span<const Setting<policy::When>> when_settings();        // [policies.when]
std::span<const Setting<policy::Profile>> profile_settings();  // [[profiles]]
std::span<const Setting<policy::Law>> law_settings();          // [[laws]]
std::span<const Setting<Registered>> register_settings();      // [[register]], of what comes with Entente
// [policies.require] and its like, and the same in [[profiles.rules]].
std::span<const Setting<Demands>> demand_settings(policy::Demand demand);
std::span<const Setting<policy::Rule>> article_settings();  // of [[profiles.rules]], beside its demands

}  // namespace entente::config
