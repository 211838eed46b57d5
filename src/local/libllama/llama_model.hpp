// The real Model: a GGUF file through libllama.
#pragma once

#include <functional>
#include <memory>

#include "local/model/model.hpp"

namespace entente::local {

// Blocking; `progress` gets 0 to 1 and may return false to stop. Errors: unavailable (no memory), unsupported (an
// architecture this libllama does not know, a model that cannot answer), invalid_request (not a model file), cancelled.
Result<std::unique_ptr<Model>> load_llama_model(const EngineOptions& options,
                                                const std::function<bool(float)>& progress);

}  // namespace entente::local
