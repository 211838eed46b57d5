// The configuration's [engine] in the engine's own words.
#pragma once

#include "config/config.hpp"
#include "local/engine.hpp"

namespace entente::app {

local::EngineOptions engine_options(const config::Engine& settings);

}  // namespace entente::app
