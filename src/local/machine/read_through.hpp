// Reads the first `bytes` of a file once, so that the system has it in memory: libllama maps a model file at
// once and would read it within the first step, where nobody sees how far it is and other models wait. Blocks;
// `progress` gets 0 to 1 and may return false to stop (`cancelled`). A file that is not there: unavailable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/result.hpp"

namespace entente::local {

Result<> read_through(const std::filesystem::path& file, std::uint64_t bytes,
                      const std::function<bool(float)>& progress);

}  // namespace entente::local
