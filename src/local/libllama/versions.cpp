#include "local/libllama/versions.hpp"

#include <ggml.h>
#include <llama.h>

namespace entente::local {

std::string_view llama_version() { return ::llama_version(); }
std::string_view ggml_version() { return ::ggml_version(); }

}  // namespace entente::local
