// The versions of the engine's libraries, as they are loaded now, for `entente version`. Any thread.
#pragma once

#include <string_view>

namespace entente::local {

std::string_view llama_version();
std::string_view ggml_version();

}  // namespace entente::local
