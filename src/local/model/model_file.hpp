// What the header of a model's file tells, before it is loaded: a fraction of a second for a file of any size. Any
// thread; blocking. Errors say what is wrong with the file: unsupported (an architecture that this libllama does not
// know), unavailable (unreadable).
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "local/model/options.hpp"
#include "local/model/sizing.hpp"

namespace entente::local {

// Whether the engine could load it.
Result<> check_model_file(const std::filesystem::path& file);

// What a loaded model of this file needs of the memory.
Result<ModelNeeds> measure_model_file(const EngineOptions& options);

}  // namespace entente::local
