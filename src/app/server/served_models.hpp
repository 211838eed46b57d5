// Which models can be asked for: those the configuration names, or, when it names none, every installed one under its
// own name, and under it and the name of each of its adapters, hosted here. Pure but for reading the model store.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "domain/deployment.hpp"
#include "models/model_store.hpp"

namespace entente::app {

std::shared_ptr<const Catalogue> served_models(const config::Config& config, const models::ModelStore& store);

// The models hosted here that the catalogue's deployments need, by the store's name.
std::set<std::string> local_models(const Catalogue& catalogue);

// Models of this machine that the configuration names, and where: without them it would not be what it says.
std::map<std::string, std::string> configured_models(const config::Config& config);

// What to load at start: what is pinned, then what the configuration says, else the models of configured deployments,
// else the only one installed.
std::vector<std::string> to_preload(const config::Config& config, const Catalogue& catalogue);

}  // namespace entente::app
