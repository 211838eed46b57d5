#include "app/engine_options.hpp"

namespace entente::app {

namespace {

local::Numa numa_named(std::string_view name) {
  return name == "distribute" ? local::Numa::distribute
         : name == "isolate"  ? local::Numa::isolate
         : name == "numactl"  ? local::Numa::numactl
                              : local::Numa::off;
}

}  // namespace

local::EngineOptions engine_options(const config::Engine& settings) {
  local::EngineOptions options{.context_tokens = settings.context_tokens,
                               .sequences = settings.sequences,
                               .threads = settings.threads,
                               .answer_threads = settings.answer_threads,
                               .gpu_layers = settings.gpu_layers,
                               .numa = numa_named(settings.numa),
                               .waiting = settings.waiting,
                               .patience = settings.patience,
                               .answer_gap = settings.answer_gap};
  if (settings.prefix_memory > 0) options.prefix_bytes = settings.prefix_memory;
  return options;
}

}  // namespace entente::app
