#include "app/engine_options.hpp"

namespace entente::app {

local::EngineOptions engine_options(const config::Engine& settings) {
  local::EngineOptions options{.context_tokens = settings.context_tokens,
                               .sequences = settings.sequences,
                               .threads = settings.threads,
                               .waiting = settings.waiting,
                               .patience = settings.patience,
                               .answer_gap = settings.answer_gap};
  if (settings.prefix_memory > 0) options.prefix_bytes = settings.prefix_memory;
  return options;
}

}  // namespace entente::app
