// Where things are kept when the configuration does not say. Environment variables come before defaults:
// $ENTENTE_STATE and $ENTENTE_MODELS, else the user's data folder ($XDG_DATA_HOME, else ~/.local/share).
#pragma once

#include <filesystem>

#include "config/config.hpp"

namespace entente::app {

std::filesystem::path state_dir(const config::Config& config);
std::filesystem::path models_dir(const config::Config& config);
std::filesystem::path spill_dir(const config::Config& config);

}  // namespace entente::app
