#include "app/server/served_models.hpp"

#include <algorithm>

#include "providers/local.hpp"

namespace entente::app {

std::shared_ptr<const Catalogue> served_models(const config::Config& config, const models::ModelStore& store) {
  auto catalogue = std::make_shared<Catalogue>();
  catalogue->keeper.facts = config.server.facts;
  constexpr auto day = std::chrono::milliseconds(std::chrono::days(1));
  auto keep = std::max(config.responses.keep, config.files.keep);
  catalogue->keeper.facts.retention_days = {.value = (keep + day - std::chrono::milliseconds(1)) / day,
                                            .assurance = Assurance::measured,
                                            .source = "responses.keep, files.keep",
                                            .reviewed = {},
                                            .expires = {}};
  for (Deployment deployment : config.deployments) {
    // What nobody stated of a deployment of our own is as it is of this machine.
    if (deployment.provider == "local") deployment.facts = completed(std::move(deployment.facts), config.server.facts);
    catalogue->deployments.emplace(deployment.name, std::move(deployment));
  }
  for (const Model& model : config.models) catalogue->models.emplace(model.name, model);
  if (!config.models.empty()) return catalogue;

  auto installed = store.list();
  if (!installed) return catalogue;
  auto serve = [&](const std::string& name, const models::Installed& found) {
    // A configured deployment of that model keeps its facts and price; otherwise this machine is one.
    std::string deployment = name;
    for (const Deployment& configured : config.deployments) {
      if (configured.provider == "local" && configured.model == name) deployment = configured.name;
    }
    if (!catalogue->deployments.contains(deployment)) {
      catalogue->deployments.emplace(deployment, Deployment{.name = deployment,
                                                            .provider = "local",
                                                            .model = name,
                                                            .facts = config.server.facts,
                                                            .price = std::nullopt});
    }
    catalogue->models.emplace(name, Model{.name = name,
                                          .deployments = {deployment},
                                          .created = found.added,
                                          .owner = found.maker.empty() ? "unknown" : found.maker});
  };
  for (const models::Installed& found : *installed) {
    serve(found.name, found);
    for (const config::Adapter& adapter : config.engine.adapters) {
      if (adapter.model == found.name) serve(adapter.full_name(), found);
    }
  }
  return catalogue;
}

std::set<std::string> local_models(const Catalogue& catalogue) {
  std::set<std::string> names;
  for (const auto& [name, deployment] : catalogue.deployments) {
    if (deployment.provider == "local") names.insert(providers::local_name(deployment.model).model);
  }
  return names;
}

std::map<std::string, std::string> configured_models(const config::Config& config) {
  std::map<std::string, std::string> named;  // the first place is enough
  for (const Deployment& deployment : config.deployments) {
    if (deployment.provider == "local")
      named.emplace(providers::local_name(deployment.model).model, "the deployment " + deployment.name);
  }
  for (const std::string& name : config.engine.pinned) named.emplace(name, "engine.pinned");
  for (const std::string& name : config.engine.preload) named.emplace(name, "engine.preload");
  for (const config::Adapter& adapter : config.engine.adapters)
    named.emplace(adapter.model, "the adapter " + adapter.name);
  if (!config.moderations.guard.empty()) named.emplace(config.moderations.guard, "moderations.guard");
  return named;
}

std::vector<std::string> to_preload(const config::Config& config, const Catalogue& catalogue) {
  std::vector<std::string> out = config.engine.pinned;
  auto add = [&](const auto& names) {
    for (const std::string& name : names) {
      if (!std::ranges::contains(out, name)) out.push_back(name);
    }
  };
  std::set<std::string> all = local_models(catalogue);
  if (!config.engine.preload.empty()) {
    add(config.engine.preload);
  } else if (!config.deployments.empty() || all.size() == 1) {
    add(all);
  }
  return out;
}

}  // namespace entente::app
