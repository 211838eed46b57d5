// Metrics: what Entente counts, and the text that Prometheus scrapes at /metrics.
//
// Names are Prometheus' spelling of the OpenTelemetry names for model servers where those exist
// (gen_ai.server.time_to_first_token), else begin with entente_. Seconds are seconds, counters only grow.
//
// A label takes only values declared beforehand (routes by api/, models and deployments from configuration); any other
// value counts as "other", so no client can make the number of series grow. Declaring twice is harmless; a name that
// leaves the configuration keeps its series, as counters must.
//
// Any thread. A request is counted in less than a microsecond, and a scrape keeps nobody waiting; nothing here fails.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace entente::telemetry {

// What a piece of work is and who does it, as labels.
struct Served {
  std::string_view model;  // the public name that was asked for
  std::string_view deployment;
  std::string_view operation = "chat";  // gen_ai.operation.name: "chat", "text_completion", "embeddings"
};

enum class Direction { input, output };

// What an attempt ended in; unknown: a crash hid it.
enum class AttemptEnd { answered, failed, cancelled, unknown };

// One model that is loaded, comes or goes, at the moment of a scrape.
struct EngineLoad {
  std::string model;
  std::uint32_t running = 0, waiting = 0;                 // sequences
  double kv_used = 0;                                     // share of the KV cells in use, 0 to 1
  std::uint64_t cached_tokens = 0;                        // of prompts, taken from computed ones, since it was loaded
  std::uint64_t prefix_bytes = 0;                         // computed prompts at rest in memory
  std::uint64_t spill_bytes = 0, spill_prompts = 0;       // on disk
  std::uint64_t spill_hits = 0;                           // read back, since it was loaded
  std::uint64_t proposed_tokens = 0, proposed_right = 0;  // of speculation, since it was loaded
  std::uint64_t parked = 0;                               // times that work made room, since it was loaded
  double step_seconds = 0;                                // computing, since it was loaded
  std::optional<double> joules;                           // of the processors meanwhile; none: not known
  double loaded = 1;                                      // how far its loading is, 0 to 1
  std::uint64_t bytes = 0;                                // of memory, with all it takes
  std::uint32_t waiting_for_it = 0;                       // requests that wait until it is there

  struct Tenant {  // that has work now
    std::string name;
    std::uint32_t running = 0, waiting = 0;  // pieces of work
    double served = 0;                       // seconds of computing, divided by its weight
  };
  std::vector<Tenant> tenants;
};

// A deployment of another maker at the moment of a scrape.
struct DeploymentLoad {
  std::string deployment;
  bool usable = true, breaker_closed = true;
  std::uint32_t running = 0, waiting = 0;
  std::uint32_t keys_usable = 0, keys_resting = 0, keys_refused = 0;
  std::optional<double> first_token_seconds;  // as routing by latency sees it; none: not known
};

// The store at the moment of a scrape.
struct StoreLoad {
  std::uint64_t commits = 0;  // since the start
  double last_commit_seconds = 0;
  bool healthy = true;  // the last commit succeeded
};

// The transparency log at the moment of a scrape.
struct ProofLoad {
  std::uint64_t published = 0, unpublished = 0;         // entries
  std::vector<std::pair<std::string, bool>> witnesses;  // by name, whether they cosign
};

class Metrics {
 public:
  explicit Metrics(std::string_view version = ENTENTE_VERSION);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void declare_route(std::string_view route);  // the pattern: "/v1/models/{id}"
  void declare_model(std::string_view model);
  void declare_deployment(std::string_view deployment, std::string_view provider);  // provider: gen_ai.provider.name

  void request_done(std::string_view route, unsigned status, double seconds);

  // The counters of one kind of work: looked up once, then counted on. Lives as long as the Metrics.
  class Work;
  Work& work(const Served& served);

  void attempt_done(std::string_view deployment, AttemptEnd end);

  void spans(bool exported, std::uint64_t count);  // false: dropped

  // One open stream, counted until the value is destroyed. The Metrics must outlive it.
  class OpenStream;
  [[nodiscard]] OpenStream open_stream();

  // Read at each scrape, on the scraping thread. An empty function takes the source away; that returns only when no
  // scrape is reading it any more. Called by the wiring; the functions must not call back into Metrics.
  void connections_from(std::function<std::uint64_t()> read);
  void engine_memory(std::uint64_t budget);  // bytes for all models
  void engines_from(std::function<std::vector<EngineLoad>()> read);
  void deployments_from(std::function<std::vector<DeploymentLoad>()> read);
  void store_from(std::function<StoreLoad()> read);
  void quota_refusals_from(std::function<std::uint64_t()> read);
  void proof_from(std::function<ProofLoad()> read);

  // The Prometheus text exposition format, version 0.0.4: Content-Type "text/plain; version=0.0.4; charset=utf-8".
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Metrics::Work {
 public:
  ~Work();
  void first_token(double seconds);       // since the request came
  void per_output_token(double seconds);  // mean over the tokens after the first
  void tokens(Direction direction, std::int64_t count);
  void done(std::optional<ErrorCode> error, double seconds);

 private:
  friend class Metrics;
  struct Children;
  explicit Work(std::unique_ptr<Children> children);
  std::unique_ptr<Children> children_;
};

class Metrics::OpenStream {
 public:
  OpenStream(OpenStream&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  OpenStream& operator=(OpenStream&&) = delete;
  ~OpenStream();

 private:
  friend class Metrics;
  explicit OpenStream(State& state);
  State* state_;
};

}  // namespace entente::telemetry
