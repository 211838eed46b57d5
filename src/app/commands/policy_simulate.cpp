// `entente policy simulate`: what a changed configuration would have done with the work of the last days.
#include <algorithm>
#include <cstdio>
#include <format>
#include <functional>
#include <map>
#include <tuple>

#include "app/commands/commands.hpp"
#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/reports/simulation.hpp"
#include "app/server/served_models.hpp"
#include "app/terminal/output.hpp"
#include "audit/receipts/receipt.hpp"
#include "models/model_store.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

struct Found {
  std::size_t decisions = 0, unreadable = 0;
  std::vector<Simulated> changed;
};

// "sweden, france"; "nobody (health: sweden processes prompts in SE; only FR is allowed)".
std::string in_words(const WhoIsAsked& asked) {
  if (asked.order.empty()) return std::format("nobody ({})", asked.why);
  std::string out;
  for (const std::string& name : asked.order) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Result<Simulation> simulation_of(const std::filesystem::path& file) {
  TRY_ASSIGN(config::Loaded changed, config::load_file(file));
  TRY_ASSIGN(auto labeller, labels::Labeller::make(changed.config.labels));
  return Simulation(served_models(changed.config, models::ModelStore(models_dir(changed.config))),
                    std::make_shared<policy::Policies>(changed.config.policies), std::move(labeller));
}

// What counts is who is asked, and in which order; other words for a refusal are no change.
void take(Simulation& simulation, Found& found, const store::PastDecision& past) {
  auto simulated = simulation.run(past);
  if (!simulated) {
    ++found.unreadable;
  } else if (*simulated) {
    ++found.decisions;
    if ((*simulated)->before.order != (*simulated)->after.order) found.changed.push_back(**std::move(simulated));
  }
}

// A receipt has the names of who asked only where its own record has them.
Result<> take_receipt(Simulation& simulation, Found& found, const std::filesystem::path& file) {
  TRY_ASSIGN(std::string text, text_in(file));
  TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
  if (receipt.attempts.empty()) return {};
  const audit::ReceiptAttempt& first = receipt.attempts.front();
  auto all = audit::candidates_of(first);
  if (all && all->size != first.candidates.size())
    return fail(ErrorCode::invalid_request,
                std::format("{} discloses {} of {} candidates: its decision cannot be made again.", file.string(),
                            first.candidates.size(), all->size));
  store::PastDecision past{.request = receipt.request,
                           .record = first.intent.record,
                           .candidates = {},
                           .tenant = {},
                           .project = {},
                           .key = {}};
  past.candidates.reserve(first.candidates.size());
  for (const audit::Opened& one : first.candidates) past.candidates.push_back(one.text);
  take(simulation, found, past);
  return {};
}

Result<Found> find_changes(const Common& common, const SimulateWanted& wanted, Simulation& simulation) {
  Found found;
  for (const std::filesystem::path& file : wanted.receipts) TRY(take_receipt(simulation, found, file));
  if (!wanted.receipts.empty()) return found;
  TRY_ASSIGN(config::Loaded own, config::load_file(common.config_file));
  TRY_ASSIGN(auto store, store::Store::open(state_dir(own.config), store::Store::Role::tool, system_clock()));
  Instant now = system_clock().now();
  TRY(store->past_decisions(now - std::chrono::days(wanted.days), now + std::chrono::hours(1),
                            [&](const store::PastDecision& past) { take(simulation, found, past); }));
  return found;
}

void print(const Found& found, const Simulation& simulation) {
  struct Group {
    std::size_t count = 0;
    std::string example;
  };
  using What = std::tuple<std::string, std::string, std::string>;  // model, before, after
  std::map<What, Group> groups;
  for (const Simulated& one : found.changed) {
    Group& group = groups[{one.model, in_words(one.before), in_words(one.after)}];
    if (group.count++ == 0) group.example = one.request;
  }
  std::vector<std::pair<What, Group>> rows(groups.begin(), groups.end());
  std::ranges::stable_sort(rows, std::greater(), [](const auto& row) { return row.second.count; });
  std::printf("%zu decisions; %zu of them would come out differently.\n", found.decisions, found.changed.size());
  for (const auto& [what, group] : rows) {
    const auto& [model, before, after] = what;
    std::printf("\n%6zu  %s, as %s\n        was  %s\n        now  %s\n", group.count, model.c_str(),
                group.example.c_str(), before.c_str(), after.c_str());
  }
  if (found.unreadable > 0) std::printf("\n%zu decisions could not be read and are not counted.\n", found.unreadable);
  if (simulation.without_person() > 0) {
    std::printf(
        "\nOf %zu decisions the person is not recorded, because no policy asked for one then: policies for persons do "
        "not apply there.\n",
        simulation.without_person());
  }
}

void write(wire::JsonWriter& json, std::string_view name, const WhoIsAsked& asked) {
  json.key(name).begin_object().key("order").begin_array();
  for (const std::string& one : asked.order) json.string(one);
  json.end_array();
  if (!asked.why.empty()) json.key("why").string(asked.why);
  json.end_object();
}

std::string as_json(const Found& found, const Simulation& simulation) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("decisions").number(static_cast<std::int64_t>(found.decisions));
  json.key("unreadable").number(static_cast<std::int64_t>(found.unreadable));
  json.key("without_person").number(static_cast<std::int64_t>(simulation.without_person()));
  json.key("changed").begin_array();
  for (const Simulated& one : found.changed) {
    json.begin_object().key("request").string(one.request).key("at").string(one.at).key("model").string(one.model);
    write(json, "before", one.before);
    write(json, "after", one.after);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace

int policy_simulate(const Common& common, const SimulateWanted& wanted) {
  auto simulation = simulation_of(wanted.with);
  if (!simulation) return report(simulation.error(), common.json);
  auto found = find_changes(common, wanted, *simulation);
  if (!found) return report(found.error(), common.json);
  if (common.json) {
    std::printf("%s\n", as_json(*found, *simulation).c_str());
  } else {
    print(*found, *simulation);
  }
  return 0;
}

}  // namespace entente::app
