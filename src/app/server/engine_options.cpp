#include "app/server/engine_options.hpp"

#include <algorithm>

namespace entente::app {

namespace {

local::Numa numa_named(std::string_view name) {
  return name == "distribute" ? local::Numa::distribute
         : name == "isolate"  ? local::Numa::isolate
         : name == "numactl"  ? local::Numa::numactl
                              : local::Numa::off;
}

}  // namespace

local::EngineOptions engine_options(const config::Engine& settings, std::string_view model) {
  local::EngineOptions options{.context_tokens = settings.context_tokens,
                               .sequences = settings.sequences,
                               .threads = settings.threads,
                               .answer_threads = settings.answer_threads,
                               .gpu_layers = settings.gpu_layers,
                               .numa = numa_named(settings.numa),
                               .waiting = settings.waiting,
                               .patience = settings.patience,
                               .answer_gap = settings.answer_gap,
                               .kv = settings.kv == "q8_0" ? local::KvLayout::q8_0 : local::KvLayout::f16,
                               .proposals = settings.speculation != "off",
                               .energy_counters = settings.energy_counters};
  if (settings.prefix_memory > 0) options.prefix_bytes = settings.prefix_memory;
  for (const config::EngineShare& share : settings.shares)
    options.weights.push_back({.tenant = share.tenant, .project = share.project, .weight = share.weight});
  for (const config::Adapter& adapter : settings.adapters) {
    if (adapter.model == model)
      options.adapters.push_back(
          {.name = adapter.name, .file = adapter.file, .scale = static_cast<float>(adapter.scale)});
  }
  auto own = std::ranges::find(settings.models, model, &config::EngineModel::name);
  if (own == settings.models.end()) return options;
  options.eyes = own->projector;
  if (own->threads > 0) options.threads = own->threads;
  if (own->sequences > 0) options.sequences = own->sequences;
  if (own->context_tokens > 0) options.context_tokens = own->context_tokens;
  if (own->prefix_memory > 0) options.prefix_bytes = own->prefix_memory;
  return options;
}

std::string draft_of(const config::Engine& settings, std::string_view model) {
  auto own = std::ranges::find(settings.models, model, &config::EngineModel::name);
  return own == settings.models.end() ? "" : own->draft;
}

local::ModelHost::Options hosting_options(const config::Engine& settings) {
  return {.budget = settings.memory,
          .pinned = {settings.pinned.begin(), settings.pinned.end()},
          .patience = settings.patience,
          .unload_after = settings.idle_unload,
          .waiting = settings.waiting};
}

}  // namespace entente::app
