#include "app/server/serve.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <format>
#include <map>
#include <set>
#include <thread>

#include <unistd.h>

#include "api/api.hpp"
#include "api/batches.hpp"
#include "api/routes.hpp"
#include "app/paths.hpp"
#include "app/records/log_keeper.hpp"
#include "app/records/record_keeping.hpp"
#include "app/records/statements.hpp"
#include "app/records/witnessing.hpp"
#include "app/server/engine_options.hpp"
#include "app/server/model_pulls.hpp"
#include "app/server/reached_providers.hpp"
#include "app/server/running.hpp"
#include "app/server/served_models.hpp"
#include "app/shown/deployments_json.hpp"
#include "app/shown/engines_json.hpp"
#include "app/shown/quotas_json.hpp"
#include "app/shown/route_json.hpp"
#include "app/watching/observing.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/worker.hpp"
#include "gateway/run.hpp"
#include "local/memory/spill.hpp"
#include "local/model/sizing.hpp"
#include "local/text/answer_form.hpp"
#include "models/gguf.hpp"
#include "net/listen_address.hpp"
#include "net/server.hpp"
#include "providers/local.hpp"
#include "store/durable_file.hpp"

namespace entente::app {

namespace {

log::Level level_named(std::string_view name) {
  return name == "debug"     ? log::Level::debug
         : name == "warning" ? log::Level::warning
         : name == "error"   ? log::Level::error
                             : log::Level::info;
}

log::Form form_named(std::string_view name) {
  return name == "json" ? log::Form::json : name == "human" ? log::Form::human : log::Form::automatic;
}

std::shared_ptr<const api::AccessRules> access_rules(const config::Config& config) {
  return std::make_shared<const api::AccessRules>(
      api::AccessRules{.hosts = config.server.allowed_hosts, .origins = config.server.allowed_origins});
}

net::ServerOptions server_options(const config::Config& config) {
  const config::Limits& limits = config.server.limits;
  net::ServerOptions options{.listen = config.server.listen,
                             .tls = std::nullopt,
                             .trusted_proxies = config.server.trusted_proxies,
                             .base_path = config.server.base_path,
                             .limits = {},
                             .threads = config.server.threads};
  if (!config.server.tls_certificate.empty())
    options.tls = net::TlsFiles{config.server.tls_certificate, config.server.tls_key};
  options.limits = {.head_bytes = limits.head_bytes,
                    .body_bytes = limits.body_bytes,
                    .connections = limits.connections,
                    .head_time = limits.head_time,
                    .body_time = limits.body_time,
                    .idle_time = limits.idle_time,
                    .write_time = limits.write_time,
                    .quiet_time = limits.quiet_time};
  return options;
}

api::LogReaders log_readers(const config::Audit& audit) {
  return audit.tiles == "open"  ? api::LogReaders::everybody
         : audit.tiles == "key" ? api::LogReaders::keys
                                : api::LogReaders::nobody;
}

void warn_of_plain_http(const config::Config& config) {
  if (!config.server.tls_certificate.empty()) return;
  for (const std::string& text : config.server.listen) {
    auto address = net::parse_listen_address(text);
    if (address && !address->is_loopback()) {
      log::warning(
          "Listening without TLS beyond this machine: keys and prompts can be read on the way. Set server.tls, or put "
          "a "
          "proxy with TLS in front.",
          {{"address", text}});
    }
  }
}

class RunningServerImpl final : public RunningServer {
 public:
  explicit RunningServerImpl(config::Loaded loaded) : loaded_(std::move(loaded)), models_(models_dir(loaded_.config)) {}
  ~RunningServerImpl() override { stop(std::chrono::milliseconds(0)); }

  // What stands on what, from the ground up. After the last step nothing here changes but by reload().
  Result<> build() {
    const config::Config& config = loaded_.config;
    log::set_up(level_named(config.log.level), form_named(config.log.form));
    TRY_ASSIGN(store_, store::Store::open(state_dir(config), store::Store::Role::server, system_clock()));
    record_keeping_ = std::make_unique<RecordKeeping>(store_, system_clock());
    TRY_ASSIGN(log_keeper_,
               LogKeeper::open(state_dir(config) / "log", config.audit.origin, config.audit.quorum, store_));
    TRY(log_keeper_->publish_for(config.audit.publish_for, system_clock()));  // before anybody can ask
    witnessing_ = std::make_unique<Witnessing>(state_dir(config) / "witness", system_clock());
    TRY(witnessing_->take(config.audit.witness));
    TRY_ASSIGN(observing_, Observing::create(config));
    TRY(open_spill(config));
    local_ = providers::LocalProvider::create(
        hosting_options(config.engine),
        [this, settings = config.engine](std::string_view model) -> Result<local::EngineOptions> {
          TRY_ASSIGN(models::Installed found, models_.find(model));
          local::EngineOptions options = engine_options(settings, model);
          options.file = found.path;
          options.sha256 = found.sha256;
          options.sampling = found.sampling;
          if (std::string draft = draft_of(settings, model); !draft.empty()) {
            if (auto file = models_.find(draft)) {
              options.draft = file->path;
            } else {  // it answers all the same
              log::error("The draft model is not installed; answers come without it.",
                         {{"model", model}, {"draft", draft}, {"details", file.error().message}});
            }
          }
          options.spill = spill_;
          return options;
        });
    TRY_ASSIGN(reached_, reach_providers(config, local_, instance_, {}));
    gateway_ = std::make_shared<gateway::Gateway>(
        store_, reached_.all, system_clock(), [this](const gateway::Settled& settled) { observing_->settled(settled); },
        instance_);
    TRY(refresh_models(config));
    TRY(take_quotas(config));
    TRY(keep_files(config));
    TRY(store_->limit_responses(config.responses.keep));
    take_names();
    engine_ = config.engine;
    access_ = access_rules(config);
    log_readers_ = log_readers(config.audit);
    stream_heads_ = config.audit.stream_heads;
    gateway_->let_addresses(config.server.picture_addresses);
    api_ = std::make_unique<api::Api>(services());
    TRY_ASSIGN(server_, net::Server::start(
                            server_options(config), [this](net::Exchange& exchange) { return api_->handle(exchange); },
                            &api::Api::refusal));
    observing_->watch(*server_, *store_, *local_, *gateway_, *log_keeper_);
    // Only now: loading takes the processor, and who asks for health should not wait for it.
    for (const std::string& model : to_preload(config, *gateway_->catalogue())) local_->preload(model);
    warn_of_plain_http(config);
    for (const std::string& address : server_->addresses()) log::info("Listening.", {{"address", address}});
    return {};
  }

  std::vector<std::string> addresses() const override { return server_->addresses(); }
  store::Store& store() override { return *store_; }

  std::string not_ready() const override {
    if (stopping_) return "The server is stopping.";
    if (!store_->healthy()) return "The store cannot be written.";
    if (local_->preloading()) return "A model is being loaded.";
    return {};
  }

  Result<> reload() override {
    TRY_ASSIGN(config::Loaded fresh, config::load_file(loaded_.file));
    TRY_ASSIGN(ReachedProviders reached, reach_providers(fresh.config, local_, instance_, reached_));
    TRY_ASSIGN(auto witnesses, log_keeper_->read_quorum(fresh.config.audit.quorum));
    TRY(server_->reload_certificates());
    TRY(witnessing_->take(fresh.config.audit.witness));
    TRY(state(fresh.config));  // what the disk does not take is not gone by
    TRY(take_quotas(fresh.config));
    for (const std::string& key : config::restart_needed(loaded_.config, fresh.config)) {
      log::warning("A changed setting takes effect when the server is started again.", {{"setting", key}});
    }
    if (fresh.config.audit.quorum != loaded_.config.audit.quorum || witnesses)
      log_keeper_->require(std::move(witnesses));
    loaded_ = std::move(fresh);
    log::set_up(level_named(loaded_.config.log.level), form_named(loaded_.config.log.form));
    access_ = access_rules(loaded_.config);
    take_names();
    reached_ = std::move(reached);
    gateway_->replace_providers(reached_.all);
    log_readers_ = log_readers(loaded_.config.audit);
    stream_heads_ = loaded_.config.audit.stream_heads;
    gateway_->let_addresses(loaded_.config.server.picture_addresses);
    TRY(refresh_models(loaded_.config));
    log::info("The configuration was read again.");
    return {};
  }

  void look_for_models() override {
    std::error_code failure;
    auto changed = std::filesystem::last_write_time(models_.folder() / "names", failure);
    if (failure || changed == models_changed_) return;
    if (Result<> refreshed = refresh_models(loaded_.config); !refreshed) {
      log::error("Installed models are not served yet: what they are could not be written into the log.",
                 {{"error", refreshed.error().message}});
    }
  }

  void tend_records() override {
    const config::Audit& audit = loaded_.config.audit;
    record_keeping_->tend({.records = audit.keep, .accounts = audit.keep_accounts});
    if (Result<> known = log_keeper_->publish_for(audit.publish_for, system_clock()); !known)
      log::warning("From which entry on the log is published could not be told.", {{"details", known.error().details}});
  }

  std::chrono::milliseconds drain_time() const override { return loaded_.config.server.drain_time; }

  void stop(std::chrono::milliseconds limit) override {
    if (stopping_.exchange(true) || !server_) return;
    if (server_->open_connections() > 0)
      log::info("Stopping: answers that run may end.", {{"connections", server_->open_connections()}});
    auto began = std::chrono::steady_clock::now();
    server_->drain(limit);
    auto left = limit - std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    if (batches_) batches_->stop(std::max(left, std::chrono::milliseconds(0)));
    observing_->unwatch();
  }

 private:
  // Room on a disk for computed prompts, where the configuration wants it.
  Result<> open_spill(const config::Config& config) {
    if (config.engine.spill == 0) return {};
    std::filesystem::path folder = spill_dir(config);
    std::error_code missing;
    if (!std::filesystem::is_directory(folder, missing)) TRY(store::make_private_folder(folder));
    TRY_ASSIGN(spill_, local::Spill::open({.folder = folder, .bytes = config.engine.spill}));
    return {};
  }

  // The facts and policies of a configuration into the log, as far as they are not there yet.
  Result<> state(const config::Config& config) {
    return store_->state(statements_of(*served_models(config, models_), config.policies, config.labels));
  }

  // What is served, and by which rules: first stated in the log, then gone by.
  Result<> refresh_models(const config::Config& config) {
    std::error_code failure;
    auto changed = std::filesystem::last_write_time(models_.folder() / "names", failure);
    auto catalogue = served_models(config, models_);
    auto policies = std::make_shared<policy::Policies>(config.policies);
    TRY_ASSIGN(auto labeller, labels::Labeller::make(config.labels));
    TRY(store_->state(statements_of(*catalogue, *policies, config.labels)));
    models_changed_ = changed;
    gateway_->replace_catalogue(catalogue, std::move(policies), std::move(labeller));
    local_->retain(local_models(*catalogue));
    observing_->declare(*catalogue);
    return {};
  }

  // Counts of money go on from what the store knows.
  Result<> take_quotas(const config::Config& config) {
    Instant now = system_clock().now();
    ledger::Periods periods = ledger::periods_at(now);
    std::vector<Spent> spent;
    if (std::ranges::any_of(config.quotas, [](const Quota& quota) { return !quota.currency.empty(); })) {
      TRY_ASSIGN(spent, store_->spent(periods.day, periods.month));
    }
    gateway_->quotas().replace(config.quotas, spent, now);
    return {};
  }

  // The names stand for the keys that have them now: one that is revoked stands for nobody.
  void take_names() {
    const config::Server& server = loaded_.config.server;
    named_keys_ = std::make_shared<const NamedKeys>(NamedKeys{.unkeyed = server.unkeyed,
                                                              .unkeyed_listeners = server.unkeyed_listeners,
                                                              .model_keepers = server.model_keepers});
    configured_models_ = std::make_shared<const std::map<std::string, std::string>>(configured_models(loaded_.config));
    guard_ = std::make_shared<const std::string>(loaded_.config.moderations.guard);
  }

  std::optional<Principal> unkeyed(const net::Request& request) const {
    std::shared_ptr<const NamedKeys> named = named_keys_.load();
    if (named->unkeyed.empty()) return std::nullopt;
    const auto& listeners = named->unkeyed_listeners;
    if (!listeners.empty() && !std::ranges::contains(listeners, listens_.at(request.listener))) return std::nullopt;
    auto key = store_->find_named(named->unkeyed);
    return key ? std::optional(std::move(key->principal)) : std::nullopt;
  }

  bool may_keep_models(const Principal& who) const {
    std::shared_ptr<const NamedKeys> named = named_keys_.load();
    return std::ranges::any_of(named->model_keepers, [&](const std::string& name) {
      auto key = store_->find_named(name);
      return key && key->principal.key == who.key;
    });
  }

  // The main thread sees what went, within a second, and lets the engine go when its answers have ended.
  Result<> remove_model(const std::string& name) {
    auto configured = configured_models_.load();
    if (auto named = configured->find(name); named != configured->end()) {
      return fail({.code = ErrorCode::conflict,
                   .message = std::format("The model '{}' is named by the configuration ({}). Take it out there first.",
                                          name, named->second),
                   .reason = "model_configured"});
    }
    return models_.remove(name);
  }

  std::optional<api::ModelFile> model_file(const std::string& name) {
    auto found = models_.find(name);
    auto header = found ? models::inspect_gguf(found->path) : Result<models::GgufInfo>(fail(ErrorCode::not_found, ""));
    if (!header) return std::nullopt;
    // Loaded: what it got. Otherwise no more than it could get.
    local::EngineOptions options = engine_options(engine_, name);
    std::uint64_t context =
        std::min<std::uint64_t>(header->context_tokens ? header->context_tokens : UINT32_MAX,
                                options.context_tokens ? options.context_tokens : local::usual_context);
    std::error_code missing;
    bool sees = !options.eyes.empty() && std::filesystem::is_regular_file(options.eyes, missing);
    for (const local::ModelHost::Resident& resident : local_->residents()) {
      if (resident.name != name || resident.info.context_tokens == 0) continue;
      context = resident.info.context_tokens;
      sees = resident.info.sees;
    }
    return api::ModelFile{.name = name,
                          .sha256 = found->sha256,
                          .bytes = found->bytes,
                          .added = found->added,
                          .architecture = header->architecture,
                          .quantisation = header->quantisation,
                          .licence = found->licence,
                          .parameters = header->parameters,
                          .context_tokens = context,
                          .chats = header->has_chat_template,
                          .calls_tools = header->template_has_tools(),
                          .only_reads = header->only_reads,
                          .thinks = !local::with_thoughts_of(header->chat_template, {}).thought_begin.empty(),
                          .sees = sees};
  }

  std::vector<api::ModelFile> model_files() {
    std::vector<api::ModelFile> out;
    auto installed = models_.list();
    if (!installed) return out;
    for (const models::Installed& model : *installed)
      out.push_back({.name = model.name, .sha256 = model.sha256, .bytes = model.bytes, .added = model.added});
    return out;
  }

  // Files and batches, where the configuration wants them.
  Result<> keep_files(const config::Config& config) {
    if (config.files.keep.count() == 0) return {};
    auto keep = std::chrono::duration_cast<std::chrono::seconds>(config.files.keep);
    TRY_ASSIGN(files_, api::KeptFiles::open(state_dir(config) / "files", keep, system_clock()));
    TRY_ASSIGN(batches_, api::Batches::open({.folder = state_dir(config) / "batches",
                                             .files = files_,
                                             .gateway = gateway_,
                                             .who = [this](const std::string& key) -> std::optional<Principal> {
                                               auto found = store_->find_key(key);
                                               return found ? std::optional(std::move(found->principal)) : std::nullopt;
                                             },
                                             .clock = &system_clock(),
                                             .keep = keep,
                                             .lines_at_once = config.batches.lines_at_once}));
    return {};
  }

  api::Services services() {
    return {
        .gateway = gateway_,
        .store = store_,
        .kept_responses = std::make_shared<api::KeptResponses>(
            store_, system_clock(),
            api::KeptResponses::Limits{.keep = loaded_.config.responses.keep, .room = loaded_.config.responses.room}),
        .files = files_,
        .batches = batches_,
        .worker = worker_,
        .clock = &system_clock(),
        .access = [this] { return access_.load(); },
        .not_ready = [this] { return not_ready(); },
        .metrics = [this] { return observing_->metrics_text(); },
        .engines =
            [this] {
              return engines_as_json(local_->residents(), local_->memory_budget(),
                                     spill_ ? spill_->room() : local::Spill::Room{});
            },
        .deployments = [this] { return deployments_as_json(gateway_->deployments_now()); },
        .route = [this](const Envelope& envelope, const Principal& principal) -> Result<std::string> {
          TRY_ASSIGN(gateway::Gateway::Explained explained, gateway_->explain(envelope, principal));
          return route_as_json(*explained.model, explained.decision, gateway_->deployments_now());
        },

        .quotas =
            [this](const Principal* who) {
              ledger::Quotas& quotas = gateway_->quotas();
              Instant now = system_clock().now();
              return quotas_as_json(who ? quotas.of(*who, now) : quotas.all(now));
            },
        .guard = [this] { return *guard_.load(); },
        .unkeyed = [this](const net::Request& request) { return unkeyed(request); },
        .may_keep_models = [this](const Principal& who) { return may_keep_models(who); },
        // The main thread sees what came, within a second.
        .pull = [this](const std::string& what,
                       std::shared_ptr<api::Pulling> pulling) { return pulls_.begin(what, std::move(pulling), [] {}); },
        .remove_model = [this](const std::string& name) { return remove_model(name); },
        .model_files = [this] { return model_files(); },
        .model_file = [this](const std::string& name) { return model_file(name); },
        .log_readers = [this] { return log_readers_.load(); },
        .log_file = [this](const std::string& path) { return log_keeper_->file(path); },
        .log_retention = [this] { return log_keeper_->retention(); },
        .cosign = [this](std::string_view request) { return witnessing_->add_checkpoint(request); },
        .cosigned = [this](const std::string& origin_hash) { return witnessing_->checkpoint(origin_hash); },
        .witness_keys = [this] { return witnessing_->public_keys(); },
        .sign_head = [this](const audit::StreamHead& head) -> std::optional<std::string> {
          if (!stream_heads_.load()) return std::nullopt;
          return log_keeper_->sign_head(head);
        },
        .receipt = [this](const auto& request, const auto& sealed) { return log_keeper_->receipt(request, sealed); },
        .held = [this](audit::HeldKind kind,
                       const store::SealedEntry& entry) { return log_keeper_->held(kind, entry); },
        .answered = [this](const api::Services::Answered& answered) { observing_->answered(answered); },
        .begin_trace = [this](std::string_view incoming) { return observing_->begin_trace(incoming); }};
  }

  struct NamedKeys {
    std::string unkeyed;
    std::vector<std::string> unkeyed_listeners, model_keepers;
  };

  config::Loaded loaded_;
  const std::vector<std::string> listens_ = loaded_.config.server.listen;  // since the process started
  models::ModelStore models_;
  config::Engine engine_;  // as the process started with it
  ModelPulls pulls_{models_};
  std::atomic<std::shared_ptr<const NamedKeys>> named_keys_ = std::make_shared<const NamedKeys>();
  std::atomic<std::shared_ptr<const std::map<std::string, std::string>>> configured_models_ =
      std::make_shared<const std::map<std::string, std::string>>();
  std::atomic<std::shared_ptr<const std::string>> guard_ = std::make_shared<const std::string>();
  std::filesystem::file_time_type models_changed_;
  std::shared_ptr<store::Store> store_;
  std::unique_ptr<LogKeeper> log_keeper_;
  std::unique_ptr<RecordKeeping> record_keeping_;
  std::unique_ptr<Witnessing> witnessing_;
  std::atomic<api::LogReaders> log_readers_ = api::LogReaders::nobody;
  std::atomic<bool> stream_heads_ = true;
  std::unique_ptr<Observing> observing_;
  std::shared_ptr<local::Spill> spill_;  // null: none
  std::shared_ptr<providers::LocalProvider> local_;
  const std::string instance_ = make_id("srv", system_clock().now());  // new with each start
  ReachedProviders reached_;
  std::shared_ptr<gateway::Gateway> gateway_;
  const std::shared_ptr<Worker> worker_ = std::make_shared<Worker>();
  std::shared_ptr<api::KeptFiles> files_;
  std::shared_ptr<api::Batches> batches_;
  std::atomic<std::shared_ptr<const api::AccessRules>> access_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<net::Server> server_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<RunningServer>> RunningServer::start(config::Loaded loaded) {
  auto server = std::make_unique<RunningServerImpl>(std::move(loaded));
  TRY(server->build());
  return server;
}

int serve_until_told(config::Loaded loaded, const std::function<Result<>(RunningServer&)>& when_listening,
                     const std::function<void()>& when_stopping) {
  // Blocked before any thread starts, so that every thread inherits it and only sigtimedwait() below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a failed write, not the end

  std::filesystem::path state = state_dir(loaded.config);
  auto started = RunningServer::start(std::move(loaded));
  if (!started) {
    std::fprintf(stderr, "entente: %s\n", started.error().message.c_str());
    return 1;
  }
  RunningServer& server = **started;
  RunningNote note(state, server.addresses());
  if (when_listening) {
    if (Result<> done = when_listening(server); !done) {
      std::fprintf(stderr, "entente: %s\n", done.error().message.c_str());
      return 1;
    }
  }
  std::chrono::milliseconds patience = server.drain_time();
  while (true) {
    timespec second{.tv_sec = 1, .tv_nsec = 0};
    int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGHUP) {
      if (Result<> reloaded = server.reload(); !reloaded) {
        log::error("The configuration was not taken: the old one stays.", {{"error", reloaded.error().message}});
      }
    } else if (signal == SIGTERM) {
      break;
    } else if (signal == SIGINT) {  // a person at the terminal does not want to wait for other people's answers
      patience = std::min(patience, std::chrono::milliseconds(1000));
      break;
    } else {
      server.look_for_models();
      server.tend_records();
    }
  }
  if (when_stopping) when_stopping();
  // A second signal ends the waiting: the person means it.
  std::jthread impatient([&signals](std::stop_token stop) {
    timespec moment{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (!stop.stop_requested()) {
      int signal = sigtimedwait(&signals, nullptr, &moment);
      if (signal == SIGINT || signal == SIGTERM) _exit(130);
    }
  });
  server.stop(patience);
  return 0;
}

}  // namespace entente::app
