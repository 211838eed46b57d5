// Config: everything that can be set, with the defaults that work without a file.
//
// Plain values. load() (load.hpp) fills one from a file and refuses the file as a whole when anything in it is wrong. A
// Config is never changed after that; a reload makes a new one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/deployment.hpp"
#include "domain/facts.hpp"
#include "domain/label_rule.hpp"
#include "domain/quota.hpp"
#include "policy/policy.hpp"

namespace entente::config {

using std::chrono::milliseconds;

// Where a secret is kept; the secret itself is never in the file, and never shown.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string source) : source_(std::move(source)) {}
  bool empty() const { return source_.empty(); }
  const std::string& source() const { return source_; }  // "env:NAME" or "file:/path"
  Result<std::string> read() const;                      // now: a rotated file is read anew

 private:
  std::string source_;
};

struct Limits {
  std::uint64_t body_bytes = 32 * 1024 * 1024;
  std::uint64_t head_bytes = 32 * 1024;
  std::uint32_t connections = 10'000;
  milliseconds head_time{10'000};
  milliseconds body_time{60'000};
  milliseconds idle_time{75'000};
  milliseconds write_time{30'000};
  milliseconds quiet_time{15'000};
};

struct Server {
  std::vector<std::string> listen{"127.0.0.1:8080"};
  std::string base_path;
  std::string tls_certificate, tls_key;
  std::vector<std::string> trusted_proxies, allowed_origins, allowed_hosts;
  std::uint32_t threads = 0;
  milliseconds drain_time{30'000};
  std::string state_dir;  // empty: $ENTENTE_STATE, else the user's data folder
  std::string unkeyed;    // name of the key that stands for requests of this machine without one; empty: none does
  std::vector<std::string> unkeyed_listeners;  // of `listen`, on which it does; empty: all
  std::vector<std::string> model_keepers;      // names of keys that may bring models here and remove them
  bool picture_addresses = false;              // work may name pictures that whoever answers fetches
  Limits limits;
  Facts facts;
};

// Files that clients upload for batches, and what batches write.
struct Files {
  milliseconds keep{0};  // 0: none, and no batches
};

struct Batches {
  std::uint32_t lines_at_once = 4;
};

// Who judges texts at POST /v1/moderations.
struct Moderations {
  std::string guard;  // a model's name; empty: deployments that have moderations of their own
};

// What POST /v1/responses keeps for later requests.
struct Responses {
  milliseconds keep{0};                    // 0: nothing
  std::uint64_t room = 256 * 1024 * 1024;  // bytes, of all of them together
};

struct Log {
  std::string level = "info";
  std::string form = "automatic";
};

struct Telemetry {
  std::string otlp_endpoint;  // empty: nothing is exported
  Secret otlp_authorization;
  std::string service_name = "entente";
};

// Cosigning the checkpoints of other people's logs.
struct Witness {
  std::string name;               // of its key; empty: made from it
  std::vector<std::string> logs;  // public keys of the logs that are witnessed; empty: none is
};

struct Audit {
  std::string origin;            // the log's name; empty: made from its key
  std::string tiles = "closed";  // who may read them: "closed", "key", "open"
  bool stream_heads = true;      // streams carry signed heads, unless a request says no
  std::string quorum;            // a tlog-policy file; empty: nobody must cosign before a checkpoint is published
  // Classes of what is kept, each as long as this; 0: for good.
  std::chrono::milliseconds keep{0};           // what receipts are made of
  std::chrono::milliseconds keep_accounts{0};  // what adds up
  std::chrono::milliseconds publish_for{0};    // the log's entries under /log/tile/
  Witness witness;
};

// What one model is given instead of what [engine] says; 0: what that says.
struct EngineModel {
  std::string name;       // the model store's
  std::string projector;  // the file that lets it see pictures
  std::string draft;      // a small model that guesses for it, by the model store's name
  std::uint32_t threads = 0, sequences = 0, context_tokens = 0;
  std::uint64_t prefix_memory = 0;
};

// A LoRA adapter for a model on this machine, asked for as "smollm2:135m+legal".
struct Adapter {
  std::string name, model, file;  // the model by the model store's name
  double scale = 1;
  std::string full_name() const { return model + "+" + name; }
};

// How much of the machine a tenant gets beside others, or a project beside others of its tenant; by name.
struct EngineShare {
  std::string tenant, project;
  double weight = 1;
};

struct Engine {
  std::uint32_t threads = 0, answer_threads = 0, sequences = 0, context_tokens = 0, waiting = 64;
  milliseconds patience{15'000}, answer_gap{160};
  std::string energy_counters = "/sys/class/powercap";  // empty: energy is not measured
  std::optional<std::uint32_t> gpu_layers;              // none: what fits
  std::string numa = "off";
  std::string kv = "f16";
  std::string speculation = "automatic";
  std::uint64_t prefix_memory = 0;  // bytes; 0: chosen for this machine
  std::uint64_t memory = 0;         // bytes for all models; 0: chosen for this machine
  std::uint64_t spill = 0;          // bytes of a disk for computed prompts, for all models; 0: none
  std::string spill_folder;         // empty: spill, in the state folder
  milliseconds idle_unload{0};      // 0: never
  std::vector<std::string> preload, pinned;
  std::vector<EngineModel> models;
  std::vector<Adapter> adapters;
  std::vector<EngineShare> shares;
  std::string models_dir;  // empty: $ENTENTE_MODELS, else the user's data folder
};

struct Provider {
  std::string name;
  std::string kind;
  std::string endpoint;  // empty: the maker's own
  Secret api_key;
  std::vector<Secret> api_keys;
  std::string api_version, region;
  Secret token, access_key_id, session_token;
  std::string ca_file, client_certificate, client_key;
  milliseconds connect_time{10'000}, headers_time{60'000}, first_token_time{120'000}, between_tokens_time{60'000};
};

// What a provider says of itself, for deployments that name the entry.
struct Registered {
  std::string name, title, note;
  Facts facts;
};

struct Config {
  Server server;
  Responses responses;
  Moderations moderations;
  Files files;
  Batches batches;
  Log log;
  Telemetry telemetry;
  Audit audit;
  Engine engine;
  std::vector<Provider> providers;
  std::vector<Deployment> deployments;  // facts as stated; server.facts apply to local ones that state none
  std::vector<Model> models;            // empty: every installed model is served under its own name
  std::vector<Quota> quotas;
  std::vector<LabelRule> labels;
  policy::Policies policies;  // with the profiles and laws that come with Entente
};

}  // namespace entente::config
