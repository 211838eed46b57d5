#include "telemetry/metrics.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace entente::telemetry {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;

constexpr std::string_view other = "other";

// Buckets in seconds. Those of gen_ai_* are the ones the semantic conventions ask for.
const Histogram::BucketBoundaries http_buckets = {.001, .0025, .005, .01, .025, .05, .1, .25,
                                                  .5,   1,     2.5,  5,   10,   30,  60, 120};
const Histogram::BucketBoundaries work_buckets = {.01,  .02,  .04,  .08,   .16,   .32,   .64,
                                                  1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
const Histogram::BucketBoundaries first_token_buckets = {.001, .005, .01, .02, .04, .06, .08, .1,
                                                         .25,  .5,   .75, 1,   2.5, 5,   7.5, 10};
const Histogram::BucketBoundaries per_token_buckets = {.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

constexpr std::array attempt_ends = {"answered", "failed", "cancelled", "unknown"};  // in the order of AttemptEnd
constexpr std::size_t error_codes = static_cast<std::size_t>(ErrorCode::internal) + 1;

// What api/ and net/ answer with, or an upstream's answer passed on; any other status counts as "other".
constexpr std::array<unsigned, 40> statuses = {200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 402,
                                               403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417,
                                               421, 422, 424, 426, 428, 429, 431, 499, 500, 502, 503, 504};

std::string_view known_operation(std::string_view operation) {
  for (std::string_view known :
       {"chat", "text_completion", "embeddings", "rerank", "image_generation", "image_edit", "image_variation",
        "transcription", "translation", "speech", "moderation", "count_tokens"}) {
    if (operation == known) return known;
  }
  return other;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (std::string_view part : parts) (key += part) += '\n';
  return key;
}

// What is read at the scrape rather than counted along the way.
class Reading {
 public:
  Reading(std::string name, std::string help, prometheus::MetricType type = prometheus::MetricType::Gauge)
      : family_{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}} {}

  Reading& add(double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    metric.gauge.value = metric.counter.value = value;  // the serializer takes the one of the family's type
    return *this;
  }

  void to(std::vector<MetricFamily>& families) { families.push_back(std::move(family_)); }

 private:
  MetricFamily family_;
};

// The labelled children of one declared name, kept so that counting never builds prometheus::Labels (microseconds). A
// child made on first use is stored in an atomic: two threads that make it get the same one from its family.
struct Route {
  std::string name;
  Histogram& seconds;
  std::array<std::atomic<Counter*>, statuses.size() + 1> by_status = {};  // the last: other
};

struct Deployment {
  std::string provider;
  std::array<Counter*, attempt_ends.size()> attempts;
};

}  // namespace

struct Metrics::Work::Children {
  Family<Histogram>& duration;
  Labels labels;
  Histogram& first_token;
  Histogram& per_token;
  Counter& input;
  Counter& output;
  std::array<std::atomic<Histogram*>, error_codes + 1> by_error = {};  // the last: none
};

struct Metrics::State {
  prometheus::Registry registry;

  Family<Counter>& requests = counters("entente_http_requests_total", "HTTP requests answered.");
  Family<Histogram>& request_seconds =
      histograms("entente_http_request_duration_seconds", "From the head of a request to the end of its answer.");
  Family<Histogram>& work_seconds =
      histograms("gen_ai_server_request_duration_seconds", "Time to the last token of a piece of work.");
  Family<Histogram>& first_token =
      histograms("gen_ai_server_time_to_first_token_seconds", "Time to the first token of a successful answer.");
  Family<Histogram>& per_token = histograms("gen_ai_server_time_per_output_token_seconds",
                                            "Mean time of each token after the first of a successful answer.");
  Family<Counter>& tokens = counters("entente_tokens_total", "Tokens read and written, as the ledger counts them.");
  Family<Counter>& attempts = counters("entente_attempts_total", "Attempts to have work done, by what they ended in.");
  Family<Counter>& span_counts = counters("entente_trace_spans_total", "Spans exported, or dropped on the way.");
  Counter& spans_exported = span_counts.Add({{"outcome", "exported"}});
  Counter& spans_dropped = span_counts.Add({{"outcome", "dropped"}});

  // Entries are added and never erased, and these maps do not move them: references outlive the lock.
  mutable std::shared_mutex mutex;
  ByName<Route> routes;
  ByName<Deployment> deployments;
  ByName<bool> models;
  ByName<std::unique_ptr<Work>> works;  // by model, deployment and operation, all of them known

  std::atomic<std::int64_t> streams = 0;
  std::string version;

  mutable std::mutex sources;
  std::function<std::uint64_t()> connections;
  std::function<std::vector<EngineLoad>()> engines;
  std::atomic<std::uint64_t> engine_memory = 0;
  std::function<std::vector<DeploymentLoad>()> deployments_now;
  std::function<StoreLoad()> store;
  std::function<std::uint64_t()> quota_refusals;
  std::function<ProofLoad()> proof;

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
};

Metrics::Metrics(std::string_view version) : state_(std::make_unique<State>()) {
  state_->version = version;
  declare_route(other);
  declare_model(other);
  declare_deployment(other, other);
}
Metrics::~Metrics() = default;

void Metrics::declare_route(std::string_view route) {
  State& s = *state_;
  std::string name(route);
  std::unique_lock lock(s.mutex);
  s.routes.try_emplace(name, name, s.request_seconds.Add({{"route", name}}, http_buckets));
}

void Metrics::declare_model(std::string_view model) {
  std::unique_lock lock(state_->mutex);
  state_->models.emplace(model, true);
}

void Metrics::declare_deployment(std::string_view deployment, std::string_view provider) {
  State& s = *state_;
  std::string name(deployment);
  Deployment made{.provider = std::string(provider), .attempts = {}};
  for (std::size_t i = 0; i < attempt_ends.size(); ++i) {
    made.attempts[i] = &s.attempts.Add({{"deployment", name}, {"outcome", attempt_ends[i]}});
  }
  std::unique_lock lock(s.mutex);
  s.deployments.try_emplace(name, std::move(made));
}

void Metrics::request_done(std::string_view name, unsigned status, double seconds) {
  State& s = *state_;
  Route& route = [&] -> Route& {
    std::shared_lock lock(s.mutex);
    auto at = s.routes.find(name);
    return at != s.routes.end() ? at->second : s.routes.find(other)->second;
  }();
  auto known = std::ranges::lower_bound(statuses, status);
  bool is_known = known != statuses.end() && *known == status;
  std::atomic<Counter*>& slot =
      route.by_status[is_known ? static_cast<std::size_t>(known - statuses.begin()) : statuses.size()];
  Counter* counter = slot.load(std::memory_order_acquire);
  if (!counter) {
    counter =
        &s.requests.Add({{"route", route.name}, {"status", is_known ? std::to_string(status) : std::string(other)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->Increment();
  route.seconds.Observe(seconds);
}

void Metrics::attempt_done(std::string_view deployment, AttemptEnd end) {
  State& s = *state_;
  std::shared_lock lock(s.mutex);
  auto at = s.deployments.find(deployment);
  if (at == s.deployments.end()) at = s.deployments.find(other);
  at->second.attempts[static_cast<std::size_t>(end)]->Increment();
}

Metrics::Work& Metrics::work(const Served& served) {
  State& s = *state_;
  std::string key = joined({served.model, served.deployment, served.operation});
  {
    std::shared_lock lock(s.mutex);
    if (auto at = s.works.find(key); at != s.works.end()) return *at->second;
  }
  std::unique_lock lock(s.mutex);
  std::string model(s.models.contains(served.model) ? served.model : other);
  std::string deployment(s.deployments.contains(served.deployment) ? served.deployment : other);
  std::string operation(known_operation(served.operation));
  std::unique_ptr<Work>& work = s.works[joined({model, deployment, operation})];
  if (!work) {
    Labels labels = {{"gen_ai_operation_name", operation},
                     {"gen_ai_provider_name", s.deployments.find(deployment)->second.provider},
                     {"gen_ai_request_model", model},
                     {"deployment", deployment}};
    auto tokens = [&](const char* direction) -> Counter& {
      return s.tokens.Add({{"model", model}, {"deployment", deployment}, {"direction", direction}});
    };
    work.reset(new Work(std::make_unique<Work::Children>(
        s.work_seconds, labels, s.first_token.Add(labels, first_token_buckets),
        s.per_token.Add(labels, per_token_buckets), tokens("input"), tokens("output"))));
  }
  return *work;
}

Metrics::Work::Work(std::unique_ptr<Children> children) : children_(std::move(children)) {}
Metrics::Work::~Work() = default;

void Metrics::Work::first_token(double seconds) { children_->first_token.Observe(seconds); }

void Metrics::Work::per_output_token(double seconds) { children_->per_token.Observe(seconds); }

void Metrics::Work::tokens(Direction direction, std::int64_t count) {
  (direction == Direction::input ? children_->input : children_->output).Increment(static_cast<double>(count));
}

void Metrics::Work::done(std::optional<ErrorCode> error, double seconds) {
  std::atomic<Histogram*>& slot = children_->by_error[error ? static_cast<std::size_t>(*error) : error_codes];
  Histogram* histogram = slot.load(std::memory_order_acquire);
  if (!histogram) {
    Labels labels = children_->labels;
    if (error) labels.emplace("error_type", to_string(*error));
    histogram = &children_->duration.Add(labels, work_buckets);
    slot.store(histogram, std::memory_order_release);
  }
  histogram->Observe(seconds);
}

void Metrics::spans(bool exported, std::uint64_t count) {
  (exported ? state_->spans_exported : state_->spans_dropped).Increment(static_cast<double>(count));
}

Metrics::OpenStream Metrics::open_stream() { return OpenStream(*state_); }

Metrics::OpenStream::OpenStream(State& state) : state_(&state) {
  state.streams.fetch_add(1, std::memory_order_relaxed);
}
Metrics::OpenStream::~OpenStream() {
  if (state_) state_->streams.fetch_sub(1, std::memory_order_relaxed);
}

void Metrics::connections_from(std::function<std::uint64_t()> read) {
  std::lock_guard lock(state_->sources);
  state_->connections = std::move(read);
}

void Metrics::engine_memory(std::uint64_t budget) { state_->engine_memory.store(budget, std::memory_order_relaxed); }

void Metrics::engines_from(std::function<std::vector<EngineLoad>()> read) {
  std::lock_guard lock(state_->sources);
  state_->engines = std::move(read);
}

void Metrics::deployments_from(std::function<std::vector<DeploymentLoad>()> read) {
  std::lock_guard lock(state_->sources);
  state_->deployments_now = std::move(read);
}

void Metrics::store_from(std::function<StoreLoad()> read) {
  std::lock_guard lock(state_->sources);
  state_->store = std::move(read);
}

void Metrics::quota_refusals_from(std::function<std::uint64_t()> read) {
  std::lock_guard lock(state_->sources);
  state_->quota_refusals = std::move(read);
}

void Metrics::proof_from(std::function<ProofLoad()> read) {
  std::lock_guard lock(state_->sources);
  state_->proof = std::move(read);
}

namespace {

void read_proof(const ProofLoad& load, std::vector<MetricFamily>& families) {
  Reading("entente_log_published_entries", "Entries of the transparency log under its published checkpoint.")
      .add(static_cast<double>(load.published))
      .to(families);
  Reading("entente_log_unpublished_entries", "Entries that are signed and wait for witnesses.")
      .add(static_cast<double>(load.unpublished))
      .to(families);
  if (load.witnesses.empty()) return;
  Reading cosigning("entente_witness_cosigning",
                    "1 when a witness of the log cosigned when it was asked last, else 0.");
  for (const auto& [name, does] : load.witnesses) cosigning.add(does, {{"witness", name}});
  cosigning.to(families);
}

void read_deployments(const std::vector<DeploymentLoad>& loads, std::vector<MetricFamily>& families) {
  Reading usable("entente_deployment_usable", "1 when work is let through to a deployment of another maker, else 0.");
  Reading closed("entente_deployment_breaker_closed", "0 while a deployment rests because it failed, else 1.");
  Reading running("entente_deployment_running", "Attempts at a deployment now.");
  Reading waiting("entente_deployment_waiting", "Pieces of work that wait for a place at a deployment.");
  Reading keys("entente_deployment_keys", "The provider's keys by what may be done with them at a deployment.");
  Reading first_token("entente_deployment_first_token_seconds",
                      "How long the first token took lately, as routing by latency sees it.");
  for (const DeploymentLoad& load : loads) {
    std::vector<prometheus::ClientMetric::Label> of = {{"deployment", load.deployment}};
    usable.add(load.usable, of);
    closed.add(load.breaker_closed, of);
    running.add(load.running, of);
    waiting.add(load.waiting, of);
    for (const auto& [state, count] :
         {std::pair{"usable", load.keys_usable}, {"resting", load.keys_resting}, {"refused", load.keys_refused}}) {
      keys.add(count, {{"deployment", load.deployment}, {"state", state}});
    }
    if (load.first_token_seconds) first_token.add(*load.first_token_seconds, of);
  }
  for (Reading* reading : {&usable, &closed, &running, &waiting, &keys, &first_token}) reading->to(families);
}

}  // namespace

std::string Metrics::text() const {
  std::vector<MetricFamily> families = state_->registry.Collect();

  Reading("entente_build_info", "Always 1; the label tells which version runs.")
      .add(1, {{"version", state_->version}})
      .to(families);
  Reading("entente_streams_open", "Answers being streamed now.")
      .add(static_cast<double>(state_->streams.load(std::memory_order_relaxed)))
      .to(families);

  std::lock_guard lock(state_->sources);
  if (state_->connections) {
    Reading("entente_connections_open", "Client connections open now.")
        .add(static_cast<double>(state_->connections()))
        .to(families);
  }
  if (state_->engines) {
    Reading running("entente_engine_sequences_running", "Sequences in the engine's batch.");
    Reading waiting("entente_engine_sequences_waiting", "Sequences admitted that wait for their turn.");
    Reading kv("entente_engine_kv_used_ratio", "Share of the KV cells in use, 0 to 1.");
    Reading cached("entente_engine_cached_tokens_total", "Prompt tokens taken from computed prompts.",
                   prometheus::MetricType::Counter);
    Reading prefixes("entente_engine_prefix_bytes", "Memory that computed prompts take.");
    Reading spilled("entente_engine_spill_bytes", "Disk that computed prompts take.");
    Reading on_disk("entente_engine_spill_prompts", "Computed prompts on disk.");
    Reading read_back("entente_engine_spill_hits_total", "Computed prompts read back from disk.",
                      prometheus::MetricType::Counter);
    Reading parked("entente_engine_parked_total", "Times that work made room for other work.",
                   prometheus::MetricType::Counter);
    Reading proposed("entente_engine_proposed_tokens_total",
                     "Tokens that were checked because the conversation held them already.",
                     prometheus::MetricType::Counter);
    Reading right("entente_engine_proposed_tokens_right_total", "Those of them that the model said itself.",
                  prometheus::MetricType::Counter);
    Reading computing("entente_engine_step_seconds_total", "Time spent computing.", prometheus::MetricType::Counter);
    Reading joules("entente_engine_energy_joules_total",
                   "Energy of this machine's processors while they computed; missing where it is not known.",
                   prometheus::MetricType::Counter);
    Reading loaded("entente_engine_loaded_ratio", "How far a model's loading is, 1 when it is there.");
    Reading bytes("entente_engine_memory_bytes", "Memory a model takes, with cells, buffers and computed prompts.");
    Reading waiting_for_it("entente_engine_load_waiting", "Requests that wait until the model is there.");
    Reading tenant_running("entente_engine_tenant_running", "Pieces of work that a tenant with work has in the batch.");
    Reading tenant_waiting("entente_engine_tenant_waiting", "Those that wait for their turn.");
    Reading tenant_served("entente_engine_tenant_served_seconds",
                          "A tenant's share as turns are given by it: seconds of computing, divided by its weight.");
    for (const EngineLoad& load : state_->engines()) {
      for (const EngineLoad::Tenant& tenant : load.tenants) {
        tenant_running.add(tenant.running, {{"model", load.model}, {"tenant", tenant.name}});
        tenant_waiting.add(tenant.waiting, {{"model", load.model}, {"tenant", tenant.name}});
        tenant_served.add(tenant.served, {{"model", load.model}, {"tenant", tenant.name}});
      }
      loaded.add(load.loaded, {{"model", load.model}});
      bytes.add(static_cast<double>(load.bytes), {{"model", load.model}});
      waiting_for_it.add(load.waiting_for_it, {{"model", load.model}});
      running.add(load.running, {{"model", load.model}});
      waiting.add(load.waiting, {{"model", load.model}});
      kv.add(load.kv_used, {{"model", load.model}});
      cached.add(static_cast<double>(load.cached_tokens), {{"model", load.model}});
      prefixes.add(static_cast<double>(load.prefix_bytes), {{"model", load.model}});
      spilled.add(static_cast<double>(load.spill_bytes), {{"model", load.model}});
      on_disk.add(static_cast<double>(load.spill_prompts), {{"model", load.model}});
      read_back.add(static_cast<double>(load.spill_hits), {{"model", load.model}});
      proposed.add(static_cast<double>(load.proposed_tokens), {{"model", load.model}});
      right.add(static_cast<double>(load.proposed_right), {{"model", load.model}});
      parked.add(static_cast<double>(load.parked), {{"model", load.model}});
      computing.add(load.step_seconds, {{"model", load.model}});
      if (load.joules) joules.add(*load.joules, {{"model", load.model}});
    }
    for (Reading* reading :
         {&running, &waiting, &kv, &cached, &prefixes, &spilled, &on_disk, &read_back, &parked, &proposed, &right,
          &computing, &joules, &loaded, &bytes, &waiting_for_it, &tenant_running, &tenant_waiting, &tenant_served})
      reading->to(families);
    Reading("entente_engine_memory_budget_bytes", "Memory that all models together may take.")
        .add(static_cast<double>(state_->engine_memory.load(std::memory_order_relaxed)))
        .to(families);
  }
  if (state_->quota_refusals) {
    Reading("entente_quota_refusals_total", "Requests refused because a quota was used up.",
            prometheus::MetricType::Counter)
        .add(static_cast<double>(state_->quota_refusals()))
        .to(families);
  }
  if (state_->proof) read_proof(state_->proof(), families);
  if (state_->deployments_now) read_deployments(state_->deployments_now(), families);
  if (state_->store) {
    StoreLoad load = state_->store();
    Reading("entente_store_commits_total", "Group commits of the store.", prometheus::MetricType::Counter)
        .add(static_cast<double>(load.commits))
        .to(families);
    Reading("entente_store_last_commit_seconds", "Time the store's last commit took.")
        .add(load.last_commit_seconds)
        .to(families);
    Reading("entente_store_healthy", "1 when the store's last commit succeeded, else 0.")
        .add(load.healthy)
        .to(families);
  }

  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace entente::telemetry
