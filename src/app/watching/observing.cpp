#include "app/watching/observing.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/routes.hpp"
#include "app/watching/spans.hpp"
#include "telemetry/exporter.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace entente::app {

namespace {

double seconds(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }

telemetry::AttemptEnd end_of(store::OutcomeKind kind) {
  switch (kind) {
    case store::OutcomeKind::answered: return telemetry::AttemptEnd::answered;
    case store::OutcomeKind::failed: return telemetry::AttemptEnd::failed;
    case store::OutcomeKind::cancelled: return telemetry::AttemptEnd::cancelled;
    case store::OutcomeKind::unknown: return telemetry::AttemptEnd::unknown;
  }
  return telemetry::AttemptEnd::unknown;
}

class ObservingImpl final : public Observing {
 public:
  ObservingImpl() {
    for (const api::Route& route : api::routes()) metrics_.declare_route(route.path);
  }

  Result<> export_traces(const config::Telemetry& settings) {
    telemetry::ExporterOptions options{.endpoint = settings.otlp_endpoint,
                                       .resource = {.service_name = settings.service_name}};
    if (!settings.otlp_authorization.empty()) {
      TRY_ASSIGN(options.authorization, settings.otlp_authorization.read());
    }
    TRY_ASSIGN(exporter_, telemetry::Exporter::start(std::move(options), [this](bool exported, std::uint64_t count) {
                 metrics_.spans(exported, count);
               }));
    return {};
  }

  void declare(const Catalogue& catalogue) override {
    for (const auto& [name, model] : catalogue.models) metrics_.declare_model(name);
    for (const auto& [name, deployment] : catalogue.deployments) metrics_.declare_deployment(name, deployment.provider);
  }

  void watch(const net::Server& server, const store::Store& store, const providers::LocalProvider& local,
             const gateway::Gateway& gateway, const LogKeeper& log_keeper) override {
    metrics_.connections_from([&server] { return server.open_connections(); });
    metrics_.store_from([&store] {
      return telemetry::StoreLoad{
          .commits = store.commits(), .last_commit_seconds = store.last_commit_seconds(), .healthy = store.healthy()};
    });
    metrics_.proof_from([&log_keeper] {
      LogNow now = log_keeper.now();
      telemetry::ProofLoad load{.published = now.published, .unpublished = now.unpublished, .witnesses = {}};
      for (const WitnessNow& witness : now.witnesses) load.witnesses.emplace_back(witness.name, witness.cosigning);
      return load;
    });
    metrics_.deployments_from([&gateway] {
      std::vector<telemetry::DeploymentLoad> all;
      for (const gateway::DeploymentNow& now : gateway.deployments_now()) {
        if (!now.health) continue;
        telemetry::DeploymentLoad& one = all.emplace_back();
        one.deployment = now.deployment->name;
        one.usable = now.health->usable();
        one.breaker_closed = now.health->breaker == providers::HealthNow::Breaker::closed;
        one.running = now.health->running;
        one.waiting = now.health->waiting;
        for (const providers::HealthNow::Key& key : now.health->keys) {
          ++(key.rests.count() == 0 ? one.keys_usable : key.refused ? one.keys_refused : one.keys_resting);
        }
        if (now.first_token) one.first_token_seconds = seconds(now.first_token->count());
      }
      return all;
    });
    metrics_.quota_refusals_from([&gateway] { return gateway.quotas().refused(); });
    metrics_.engine_memory(local.memory_budget());
    metrics_.engines_from([&local] {
      std::vector<telemetry::EngineLoad> engines;
      for (const local::ModelHost::Resident& model : local.residents()) {
        double cells = 1.0 * model.info.sequences * model.info.context_tokens;
        std::vector<telemetry::EngineLoad::Tenant> tenants;
        tenants.reserve(model.stats.tenants.size());
        for (const auto& [tenant, name, running, waiting, served] : model.stats.tenants)
          tenants.push_back(
              {.name = name.empty() ? tenant : name, .running = running, .waiting = waiting, .served = served});
        engines.push_back({.model = model.name,
                           .running = model.stats.running,
                           .waiting = model.stats.waiting,
                           .kv_used = cells > 0 ? static_cast<double>(model.stats.cells_used) / cells : 0,
                           .cached_tokens = model.stats.cached_tokens,
                           .prefix_bytes = model.stats.prefix_bytes,
                           .spill_bytes = model.stats.spill_bytes,
                           .spill_prompts = model.stats.spill_prompts,
                           .spill_hits = model.stats.spill_hits,
                           .proposed_tokens = model.stats.proposed_tokens,
                           .proposed_right = model.stats.proposed_right,
                           .parked = model.stats.parked,
                           .step_seconds = model.stats.step_seconds,
                           .joules = model.stats.joules,
                           .loaded = model.fraction,
                           .bytes = model.bytes,
                           .waiting_for_it = model.waiting,
                           .tenants = std::move(tenants)});
      }
      return engines;
    });
  }

  void unwatch() override {
    metrics_.deployments_from({});
    metrics_.quota_refusals_from({});
    metrics_.proof_from({});
    metrics_.connections_from({});
    metrics_.store_from({});
    metrics_.engines_from({});
  }

  std::string metrics_text() const override { return metrics_.text(); }

  std::string begin_trace(std::string_view incoming) override {
    return telemetry::format_traceparent(telemetry::begin_context(telemetry::parse_traceparent(incoming)));
  }

  void answered(const api::Services::Answered& answered) override {
    metrics_.request_done(answered.route, answered.status, std::chrono::duration<double>(answered.took).count());
    if (exporter_) send(span_of(answered));
  }

  void settled(const gateway::Settled& settled) override {
    const store::Outcome& outcome = settled.outcome;
    metrics_.attempt_done(settled.deployment.name, end_of(outcome.kind));
    Envelope envelope = envelope_of(*settled.asked.work);
    auto& work =
        metrics_.work({.model = envelope.model, .deployment = settled.deployment.name, .operation = envelope.kind});
    if (outcome.first_token_us > 0) work.first_token(seconds(outcome.first_token_us));
    if (outcome.usage.completion_tokens > 1) {
      work.per_output_token(seconds(outcome.duration_us - outcome.first_token_us) /
                            static_cast<double>(outcome.usage.completion_tokens - 1));
    }
    work.tokens(telemetry::Direction::input, outcome.usage.prompt_tokens);
    work.tokens(telemetry::Direction::output, outcome.usage.completion_tokens);
    work.done(to_error_code(outcome.error), seconds(outcome.duration_us));
    if (exporter_) send(span_of(settled));
  }

 private:
  void send(std::optional<telemetry::Span> span) {
    if (span) exporter_->add(std::move(*span));
  }

  telemetry::Metrics metrics_;
  std::unique_ptr<telemetry::Exporter> exporter_;  // empty when nothing is exported; before metrics_ goes
};

}  // namespace

Result<std::unique_ptr<Observing>> Observing::create(const config::Config& config) {
  auto observing = std::make_unique<ObservingImpl>();
  if (!config.telemetry.otlp_endpoint.empty()) TRY(observing->export_traces(config.telemetry));
  return observing;
}

}  // namespace entente::app
