#include "app/shown/engines_json.hpp"

#include <cmath>

#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

void write(wire::JsonWriter& json, const local::ModelHost::Resident& model) {
  const local::EngineInfo& info = model.info;
  const local::EngineStats& stats = model.stats;
  json.begin_object().key("model").string(model.name).key("stage").string(to_string(model.stage));
  json.key("fraction").number(double{model.fraction}).key("bytes").number(whole(model.bytes));
  json.key("pinned").boolean(model.pinned).key("waiting_for_it").number(std::int64_t{model.waiting});
  json.key("load_seconds").number(model.load_seconds);
  if (!model.error.empty()) json.key("error").string(model.error);
  if (info.description.empty()) {  // not loaded
    json.end_object();
    return;
  }
  json.key("description").string(info.description);
  json.key("backend").string(info.backend).key("threads").number(std::int64_t{info.threads});
  json.key("gpu_layers").number(std::int64_t{info.gpu_layers}).key("layers").number(std::int64_t{info.layers});
  if (model.unload_in) json.key("unload_in_seconds").number(static_cast<std::int64_t>(std::ceil(*model.unload_in)));
  json.key("sequences")
      .number(std::int64_t{info.sequences})
      .key("context_tokens")
      .number(std::int64_t{info.context_tokens});
  json.key("running").number(std::int64_t{stats.running}).key("waiting").number(std::int64_t{stats.waiting});
  json.key("cells_used").number(whole(stats.cells_used)).key("prefix_bytes").number(whole(stats.prefix_bytes));
  json.key("spill_bytes").number(whole(stats.spill_bytes)).key("spill_prompts").number(whole(stats.spill_prompts));
  json.key("spill_hits").number(whole(stats.spill_hits));
  json.key("prompt_tokens").number(whole(stats.prompt_tokens)).key("cached_tokens").number(whole(stats.cached_tokens));
  json.key("completion_tokens").number(whole(stats.completion_tokens)).key("steps").number(whole(stats.steps));
  json.key("step_seconds").number(stats.step_seconds).key("parked").number(whole(stats.parked));
  if (stats.joules) json.key("joules").number(*stats.joules);
  json.key("proposed_tokens").number(whole(stats.proposed_tokens));
  json.key("proposed_right").number(whole(stats.proposed_right));
  if (!info.draft.empty()) {
    json.key("draft").begin_object().key("description").string(info.draft);
    json.key("proposed_tokens").number(whole(stats.drafted_tokens));
    json.key("proposed_right").number(whole(stats.drafted_right)).end_object();
  }
  json.key("tenants").begin_array();
  for (const local::EngineStats::Tenant& tenant : stats.tenants) {
    json.begin_object().key("tenant").string(tenant.tenant).key("name").string(tenant.name);
    json.key("running").number(std::int64_t{tenant.running});
    json.key("waiting").number(std::int64_t{tenant.waiting}).key("served").number(tenant.served).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string engines_as_json(const std::vector<local::ModelHost::Resident>& models, std::uint64_t memory_budget,
                            const local::Spill::Room& spill) {
  std::string out;
  wire::JsonWriter json(out);
  std::uint64_t taken = 0;
  for (const local::ModelHost::Resident& model : models) taken += model.bytes;
  json.begin_object().key("memory").begin_object().key("budget").number(whole(memory_budget));
  json.key("taken").number(whole(taken)).end_object();
  json.key("spill").begin_object().key("budget").number(whole(spill.budget));
  json.key("taken").number(whole(spill.taken)).end_object().key("engines").begin_array();
  for (const local::ModelHost::Resident& model : models) write(json, model);
  json.end_array().end_object();
  return out;
}

}  // namespace entente::app
