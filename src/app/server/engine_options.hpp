// The configuration's [engine] in the engine's own words.
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"
#include "local/engine.hpp"
#include "local/hosting/model_host.hpp"

namespace entente::app {

// `model`, the store's name, where it may have settings of its own.
local::EngineOptions engine_options(const config::Engine& settings, std::string_view model = {});
std::string draft_of(const config::Engine& settings, std::string_view model);  // by the store's name; empty: none
local::ModelHost::Options hosting_options(const config::Engine& settings);

}  // namespace entente::app
