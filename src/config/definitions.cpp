// Every setting there is. One entry gives its parsing, its checks, `config explain`, `config show` and its place in
// docs/configuration.md.
#include <algorithm>
#include <cmath>
#include <format>

#include "config/definition.hpp"
#include "config/kinds.hpp"
#include "policy/needs.hpp"

namespace entente::config {

namespace {

constexpr auto restart = Applies::at_restart;

struct Decimal {
  double least, most;
  std::string words() const { return std::format("number from {} to {}", least, most); }
  Result<double> read(const Node& node) const {
    double number = std::nan("");
    if (auto* whole = std::get_if<std::int64_t>(&node.value)) number = static_cast<double>(*whole);
    if (auto* decimal = std::get_if<double>(&node.value)) number = *decimal;
    if (!(number >= least && number <= most))
      return fail(ErrorCode::invalid_request, std::format("expected a number from {} to {}", least, most));
    return number;
  }
  std::string show(double number) const { return std::format("{}", number); }
};

// What a deployment can do; unstated: whatever its provider's models can.
struct CapabilityNames {
  std::string words() const { return "list of " + listed(); }
  Result<std::optional<Needs>> read(const Node& node) const {
    TRY_ASSIGN(std::vector<std::string> names, Texts().read(node));
    Needs can;
    for (const std::string& name : names) {
      auto known = std::ranges::find(policy::named_needs, name, &policy::NamedNeed::name);
      if (known == std::ranges::end(policy::named_needs))
        return fail(ErrorCode::invalid_request, std::format("expected a list of {}, but \"{}\" came", listed(), name));
      can.*known->at = true;
    }
    return can;
  }
  std::string show(const std::optional<Needs>& can) const {
    if (!can) return "";
    std::vector<std::string> names;
    for (const policy::NamedNeed& need : policy::named_needs) {
      if (*can.*need.at) names.emplace_back(need.name);
    }
    return Texts().show(names);
  }

 private:
  static std::string listed() {
    std::string out;
    for (const policy::NamedNeed& need : policy::named_needs)
      out += std::format("{}\"{}\"", out.empty() ? "" : ", ", need.name);
    return out;
  }
};

struct StrategyName {
  static Choice choice() { return {{"priority", "weight", "latency", "price", "context", "cascade"}}; }
  std::string words() const { return choice().words(); }
  Result<Strategy> read(const Node& node) const {
    TRY_ASSIGN(std::string word, choice().read(node));
    for (auto known : {Strategy::weight, Strategy::latency, Strategy::price, Strategy::context, Strategy::cascade}) {
      if (to_string(known) == word) return known;
    }
    return Strategy::priority;
  }
  std::string show(Strategy strategy) const { return Text().show(std::string(to_string(strategy))); }
};

std::vector<Setting<Config>> all_settings() {
  auto at = []<class Kind>(std::string key, Kind kind, auto access, About about) {
    return define<Config>(std::move(key), std::move(kind), access, std::move(about));
  };
  return {
      at("server.listen", Texts(), ACCESS(Config, server.listen),
         {"Where the server listens.",
          "Addresses with ports, or Unix sockets. Port 0 takes any free one. Plain http beyond the loopback addresses "
          "is "
          "allowed, with a warning: put TLS or a proxy in front.",
          "[\"127.0.0.1:8080\", \"unix:/run/entente/entente.sock\"]", restart}),
      at("server.base_path", Text(), ACCESS(Config, server.base_path),
         {"A path the server lives under, behind a proxy that does not strip it.", "", "\"/entente\"", restart}),
      at("server.tls.certificate", Text(), ACCESS(Config, server.tls_certificate),
         {"PEM file of the certificate and its chain; with server.tls.key it turns TLS on.",
          "Both files are read again at a reload, without dropping a connection.", "\"/etc/entente/tls.crt\"",
          restart}),
      at("server.tls.key", Text(), ACCESS(Config, server.tls_key),
         {"PEM file of the certificate's key.", "", "\"/etc/entente/tls.key\"", restart}),
      at("server.trusted_proxies", Texts(), ACCESS(Config, server.trusted_proxies),
         {"Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
          "Addresses, blocks, or \"unix\" for the peers of Unix sockets.", "[\"10.0.0.0/8\", \"unix\"]", restart}),
      at("server.allowed_origins", Texts(), ACCESS(Config, server.allowed_origins),
         {"Web pages of other sites that may use this server from a browser.", "",
          "[\"https://intranet.example.org\"]"}),
      at("server.allowed_hosts", Texts(), ACCESS(Config, server.allowed_hosts),
         {"Names this server answers to, beside the loopback names.",
          "A request whose Host header names another is refused, so that no web page can reach a local server by a "
          "name of its own.",
          "[\"ai.example.org\"]"}),
      at("server.unkeyed", Text(), ACCESS(Config, server.unkeyed),
         {"The name of a key that stands for requests without one, of programs on this machine.",
          "For clients that can send no key, as many of Ollama's. Every program and every user of this machine may "
          "then do "
          "what that key may. Requests that come through a proxy, or from a web page of another site, still need a "
          "key.",
          "\"this machine\""}),
      at("server.unkeyed_listeners", Texts(), ACCESS(Config, server.unkeyed_listeners),
         {"On which of server.listen the key of server.unkeyed stands for requests without one; empty: on all.",
          "So that one port takes what Ollama's clients send, and every other needs a key.", "[\"127.0.0.1:11434\"]"}),
      at("server.model_keepers", Texts(), ACCESS(Config, server.model_keepers),
         {"Names of keys that may bring models here over HTTP (POST /api/pull) and remove them (DELETE /api/delete).",
          "From model hubs and addresses in the internet, never from files of this machine. What the configuration "
          "names is not removed.",
          "[\"admin\"]"}),
      at("server.picture_addresses", Flag(), ACCESS(Config, server.picture_addresses),
         {"Whether requests may name pictures by an address (http, https), which the maker that answers fetches from "
          "wherever it leads.",
          "Otherwise pictures come as bytes, and a request with an address that would go to another maker is refused. "
          "Models of this machine never fetch any.",
          "true"}),
      at("server.threads", Count{0, 1024}, ACCESS(Config, server.threads),
         {"Network threads; 0: one per core.", "", "2", restart}),
      at("server.drain_time", Duration(), ACCESS(Config, server.drain_time),
         {"How long a stopping server lets answers come to their end (SIGTERM).", "", "\"30s\"", restart}),
      at("server.state_dir", Text(), ACCESS(Config, server.state_dir),
         {"Where keys, intents and outcomes are kept.",
          "Empty: $ENTENTE_STATE, else entente in the user's data folder.", "\"/var/lib/entente\"", restart}),
      at("server.limits.body_bytes", Size{1024}, ACCESS(Config, server.limits.body_bytes),
         {"The largest request body; a larger one is refused with 413.", "", "\"32MiB\"", restart}),
      at("server.limits.head_bytes", Size{1024}, ACCESS(Config, server.limits.head_bytes),
         {"The largest request head; a larger one is refused with 431.", "", "\"32KiB\"", restart}),
      at("server.limits.connections", Count{1}, ACCESS(Config, server.limits.connections),
         {"How many connections may be open; a further one is answered 503.", "", "10000", restart}),
      at("server.limits.head_time", Duration(), ACCESS(Config, server.limits.head_time),
         {"How long a request's head may take to arrive.", "", "\"10s\"", restart}),
      at("server.limits.body_time", Duration(), ACCESS(Config, server.limits.body_time),
         {"How long a request's body may take to arrive.", "", "\"1min\"", restart}),
      at("server.limits.idle_time", Duration(), ACCESS(Config, server.limits.idle_time),
         {"How long a connection may wait for its next request.", "", "\"75s\"", restart}),
      at("server.limits.write_time", Duration(), ACCESS(Config, server.limits.write_time),
         {"How long a client may take nothing of its answer before it is cut.", "", "\"30s\"", restart}),
      at("server.limits.quiet_time", Duration(), ACCESS(Config, server.limits.quiet_time),
         {"How long a streamed answer may stand still before a comment is sent (in Anthropic's dialect a ping), so "
          "that "
          "nobody on the way takes the connection for a dead one; \"0s\": never.",
          "Where the dialect streams server-sent events.", "\"15s\"", restart}),
      at("responses.keep", Duration(), ACCESS(Config, responses.keep),
         {"How long an answer of /v1/responses is kept for 'previous_response_id' and for asking again; \"0s\": not at "
          "all.",
          "In the store, in the state folder, as they came: prompts and answers can be read there. What an earlier "
          "setting has kept for longer goes at the start.",
          "\"1h\"", restart}),
      at("responses.room", Size{1024 * 1024}, ACCESS(Config, responses.room),
         {"How much of the disk kept answers of /v1/responses may take together.",
          "Each holds the whole conversation until then. When there is no room for one, the oldest go: those of the "
          "project that takes the most.",
          "\"4GiB\"", restart}),
      at("moderations.guard", Text(), ACCESS(Config, moderations.guard),
         {"The chat model that judges texts at /v1/moderations, where a request names no model that is here.",
          "A Llama Guard (known by its name) is asked in its own way; any other model is asked for a yes or no in each "
          "category, under a schema, and judges as well as it can. Empty: only deployments that have moderations of "
          "their own answer.",
          "\"llama-guard3:1b\""}),
      at("files.keep", Duration(), ACCESS(Config, files.keep),
         {"How long files that clients upload for batches, and the batches' results, are kept; \"0s\": not at all, and "
          "there are no batches.",
          "On the disk, in the state folder, as they came: prompts and answers can be read there.", "\"720h\"",
          restart}),
      at("batches.lines_at_once", Count{1, 64}, ACCESS(Config, batches.lines_at_once),
         {"How many requests of batches run at a time, over all of them.", "They make room for people who wait.", "4",
          restart}),
      at("log.level", Choice{{"debug", "info", "warning", "error"}}, ACCESS(Config, log.level),
         {"The least level that is logged.", "", "\"info\""}),
      at("log.form", Choice{{"automatic", "json", "human"}}, ACCESS(Config, log.form),
         {"How a log line looks; automatic: for people on a terminal, JSON elsewhere.", "", "\"json\""}),
      at("telemetry.otlp_endpoint", Text(), ACCESS(Config, telemetry.otlp_endpoint),
         {"Where traces are sent (OTLP over HTTP); empty: nowhere.", "Spans never hold prompts or answers.",
          "\"http://127.0.0.1:4318\"", restart}),
      at("telemetry.otlp_authorization", SecretSource(), ACCESS(Config, telemetry.otlp_authorization),
         {"The Authorization header sent with traces.", "", "\"env:OTLP_AUTHORIZATION\"", restart}),
      at("telemetry.service_name", Text(), ACCESS(Config, telemetry.service_name),
         {"service.name in traces.", "", "\"entente\"", restart}),
      at("audit.origin", Text(), ACCESS(Config, audit.origin),
         {"The name of the transparency log, in each of its checkpoints; empty: made from its key.",
          "By custom a URL without scheme. A log keeps the name it began with.", "\"ai.example.org/log\"", restart}),
      at("audit.tiles", Choice{{"closed", "key", "open"}}, ACCESS(Config, audit.tiles),
         {"Who may read the log's tiles and entries under /log/tile/; its checkpoint is open to everybody.",
          "Entries hold commitments, never prompts, answers or names; how many there were, and when, can be read.",
          "\"key\""}),
      at("audit.stream_heads", Flag(), ACCESS(Config, audit.stream_heads),
         {"Streams of more than half a second carry signed heads, two a second and one at the end: comments, which "
          "readers of server-sent events pass over.",
          "So an answer that breaks off leaves a signed beginning. The header entente-heads says off, or on for short "
          "ones as well.",
          "false"}),
      at("audit.keep", Duration(), ACCESS(Config, audit.keep),
         {"How long what receipts are made of is kept; \"0s\": for good.",
          "What is older is let go of when a day begins, and an entry of the log says so; what is held "
          "(`entente subjects hold`) stays. What adds up has a time of its own (audit.keep_accounts). Laws may "
          "ask "
          "for a least time: six months for logs of high-risk systems (AI Act, articles 19 and 26).",
          "\"400d\""}),
      at("audit.keep_accounts", Duration(), ACCESS(Config, audit.keep_accounts),
         {"How long what adds up is kept of an attempt whose record was let go of: who asked, where it went, tokens, "
          "money, labels; \"0s\": for good.",
          "At least audit.keep, and 62 days, which sums of the month need. The entry itself stays in the log: what it "
          "commits to was let go of before.",
          "\"3650d\""}),
      at("audit.publish_for", Duration(), ACCESS(Config, audit.publish_for),
         {"How long an entry of the log is published under /log/tile/; \"0s\": for good.",
          "Tiles and bundles of older entries alone are answered with 404 (C2SP tlog-tiles, \"Pruning\"); "
          "/log/retention "
          "says so, and from which entry on the log can be read. Nothing is deleted: receipts prove what they proved.",
          "\"3650d\""}),
      at("audit.quorum", Text(), ACCESS(Config, audit.quorum),
         {"A policy file (C2SP tlog-policy) that says whose cosignatures a checkpoint of the log needs before it is "
          "published; empty: nobody's.",
          "It names the witnesses, with the URL of each, and how many of them are enough. While there are too few, "
          "requests are answered as ever, and receipts promise what they cannot prove yet.",
          "\"/etc/entente/witnesses.policy\""}),
      at("audit.witness.name", Text(), ACCESS(Config, audit.witness.name),
         {"The name under which this server cosigns other logs; empty: made from the witness's key.",
          "By custom a URL without scheme. A witness keeps the name it began with.", "\"ai.example.org/witness\"",
          restart}),
      at("audit.witness.logs", LogKeys(), ACCESS(Config, audit.witness.logs),
         {"Public keys of the logs whose checkpoints are cosigned here, at /witness/add-checkpoint (C2SP "
          "tlog-witness); "
          "empty: none.",
          "A log's key, as its /log/public-key shows it, begins with the log's name. Whoever runs it names this server "
          "in a policy, with a key of /witness/public-key and the URL https://…/witness.",
          "[\"log.example.org+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\"]"}),
      at("engine.threads", Count{0, 1024}, ACCESS(Config, engine.threads),
         {"Threads a model computes with; 0: the cores there are.",
          "The two threads of one core count once: the second only gets in the way.", "2", restart}),
      at("engine.answer_threads", Count{0, 1024}, ACCESS(Config, engine.answer_threads),
         {"Threads for the step of a single answer; 0: measured when a model is loaded.",
          "One token is little work, and more threads can wait for each other longer than they compute.", "1",
          restart}),
      at("engine.gpu_layers", CountOrAuto{1000}, ACCESS(Config, engine.gpu_layers),
         {"How many of a model's layers a graphics card computes; \"auto\": as many as fit into its free memory.",
          "Needs a ggml back end for the card, as Debian's libggml0-backend-vulkan. 0: none.", "\"auto\"", restart}),
      at("engine.numa", Choice{{"off", "distribute", "isolate", "numactl"}}, ACCESS(Config, engine.numa),
         {"How threads are bound on machines whose processors have memory of their own, as ggml does it.",
          "distribute: over all of them; isolate: to the one it starts on; numactl: as numactl says.", "\"distribute\"",
          restart}),
      at("engine.sequences", Count{0, 256}, ACCESS(Config, engine.sequences),
         {"How many answers one model makes at once; 0: chosen for this machine.", "", "8", restart}),
      at("engine.context_tokens", Count{0}, ACCESS(Config, engine.context_tokens),
         {"The longest prompt and answer together, in tokens; 0: what the model and the memory allow.", "", "4096",
          restart}),
      at("engine.waiting", Count{1, 100000}, ACCESS(Config, engine.waiting),
         {"How many pieces of one tenant's work may wait for a model before more is refused with 429.", "", "64",
          restart}),
      at("engine.patience", Duration(), ACCESS(Config, engine.patience),
         {"Work whose answer could not begin within this time is refused at once, with 503 and a time to ask again.",
          "The waiting time is estimated from the speed measured on this machine.", "\"15s\"", restart}),
      at("engine.answer_gap", Duration(), ACCESS(Config, engine.answer_gap),
         {"The time between two tokens of a running answer that prompts computed beside it must leave it.",
          "Shorter: answers flow more evenly. Longer: prompts are computed faster.", "\"160ms\"", restart}),
      at("engine.energy_counters", Text(), ACCESS(Config, engine.energy_counters),
         {"The folder of Linux's counters of energy (RAPL), for what receipts say an answer took; empty: not measured.",
          "Usually only root may read them: allow it with chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj at each "
          "start of the machine. Virtual machines seldom have any; then receipts say nothing of energy.",
          "\"\"", restart}),
      at("engine.kv", Choice{{"f16", "q8_0"}}, ACCESS(Config, engine.kv),
         {"How the keys and values of a context are kept; q8_0 takes little more than half of the memory.",
          "f16 is the faster one for short conversations; q8_0 answers faster deep in a long context, and reads long "
          "prompts slower.",
          "\"q8_0\"", restart}),
      at("engine.speculation", Choice{{"automatic", "off"}}, ACCESS(Config, engine.speculation),
         {"Whether answers may advance by several tokens a step: what repeats the conversation, and what a draft model "
          "guesses.",
          "automatic: as long as it is measured to pay. Every token is chosen as it would be without.", "\"off\"",
          restart}),
      at("engine.prefix_memory", Size{0}, ACCESS(Config, engine.prefix_memory),
         {"Memory for computed prompts, so that earlier turns of a conversation and shared beginnings are computed "
          "once.",
          "For each model. 0: at most an eighth of engine.memory and 512 MiB; 1: none. Never shared between tenants.",
          "\"256MiB\"", restart}),
      at("engine.spill", Size{0}, ACCESS(Config, engine.spill),
         {"Room on a disk for computed prompts that memory has no more room for, for all models together; 0: they are "
          "computed again.",
          "A prompt of some thousand tokens is read back in a fraction of a second. Sealed under a key that is only in "
          "memory, in a file without a name: nothing of it outlives the process. Never shared between tenants.",
          "\"4GiB\"", restart}),
      at("engine.spill_folder", Text(), ACCESS(Config, engine.spill_folder),
         {"The folder whose disk that is, with engine.spill; empty: spill, in the state folder.",
          "A fast disk of this machine: an answer waits while its prompt is read.", "\"/var/tmp\"", restart}),
      at("engine.memory", Size{0}, ACCESS(Config, engine.memory),
         {"Memory for all models together: weights, keys and values, buffers, computed prompts.",
          "0: half of what is free when the server starts, a cgroup's limit included. A model that needs room makes "
          "others go that were not used for longest, when their answers have ended; the program itself takes some 50 "
          "MiB more.",
          "\"8GiB\"", restart}),
      at("engine.pinned", Texts(), ACCESS(Config, engine.pinned),
         {"Models that are loaded at start and stay.", "By the model store's name. They are never unloaded for others.",
          "[\"smollm2:135m\"]", restart}),
      at("engine.idle_unload", Duration(), ACCESS(Config, engine.idle_unload),
         {"How long a model may be unused before it is unloaded; \"0s\": it stays until others need the room.", "",
          "\"30min\"", restart}),
      at("engine.preload", Texts(), ACCESS(Config, engine.preload),
         {"Models loaded at start rather than at their first use.",
          "Empty: the models of the configured deployments, or the only installed one; as many as engine.memory has "
          "room "
          "for. They may go when others need the room.",
          "[\"smollm2:135m\"]", restart}),
      at("engine.models_dir", Text(), ACCESS(Config, engine.models_dir),
         {"Where model files are kept.", "Empty: $ENTENTE_MODELS, else entente/models in the user's data folder.",
          "\"/var/lib/entente/models\"", restart}),
  };
}

}  // namespace

std::span<const Setting<Config>> settings() {
  static const std::vector<Setting<Config>> all = all_settings();
  return all;
}

std::span<const Setting<Price>> price_settings() {
  static const std::vector<Setting<Price>> all = {
      define<Price>("currency", Text(), ACCESS(Price, currency),
                    {.help = "ISO 4217 code.", .example = "\"EUR\"", .required = true}),
      define<Price>("input_per_million", Amount(), ACCESS(Price, input_nano_per_million),
                    {.help = "Price of a million prompt tokens.", .example = "2.0", .required = true}),
      define<Price>("output_per_million", Amount(), ACCESS(Price, output_nano_per_million),
                    {.help = "Price of a million answered tokens.", .example = "8.0", .required = true}),
      define<Price>("cached_input_per_million", AmountOrNone(), ACCESS(Price, cached_input_nano_per_million),
                    {.help = "Price of a million prompt tokens that the provider took from its cache.",
                     .details = "Unstated: they cost what other prompt tokens cost.",
                     .example = "0.5"}),
  };
  return all;
}

std::span<const Setting<EngineModel>> engine_model_settings() {
  static const std::vector<Setting<EngineModel>> all = {
      define<EngineModel>("name", Text(), ACCESS(EngineModel, name),
                          {.help = "A model that is loaded otherwise than [engine] says, by the model store's name.",
                           .example = "\"smollm2:135m\"",
                           .applies = restart,
                           .required = true}),
      define<EngineModel>(
          "projector", Text(), ACCESS(EngineModel, projector),
          {.help = "A GGUF file (\"mmproj\") that lets the model see pictures, which its makers publish "
                   "beside it.",
           .details = "It takes its size and a quarter of that from engine.memory.",
           .example = "\"/var/lib/entente/mmproj-smolvlm-256m.gguf\"",
           .applies = restart}),
      define<EngineModel>(
          "draft", Text(), ACCESS(EngineModel, draft),
          {.help = "A small model of the same family, by the model store's name, that guesses what this one says next.",
           .details = "The large model checks several guesses in one step and keeps those that it says itself: answers "
                      "stay what they are and come sooner, where few are computed at once. It needs the same tokens; "
                      "its weights and four sequences of its own count in engine.memory. Used as long as it is "
                      "measured to pay (engine.speculation).",
           .example = "\"smollm2:135m\"",
           .applies = restart}),
      define<EngineModel>("threads", Count{0, 1024}, ACCESS(EngineModel, threads),
                          {.help = "Instead of engine.threads; 0: as that says.", .example = "2", .applies = restart}),
      define<EngineModel>(
          "sequences", Count{0, 256}, ACCESS(EngineModel, sequences),
          {.help = "Instead of engine.sequences; 0: as that says.", .example = "4", .applies = restart}),
      define<EngineModel>(
          "context_tokens", Count{0}, ACCESS(EngineModel, context_tokens),
          {.help = "Instead of engine.context_tokens; 0: as that says.", .example = "8192", .applies = restart}),
      define<EngineModel>(
          "prefix_memory", Size{0}, ACCESS(EngineModel, prefix_memory),
          {.help = "Instead of engine.prefix_memory; 0: as that says.", .example = "\"64MiB\"", .applies = restart}),
  };
  return all;
}

std::span<const Setting<Adapter>> adapter_settings() {
  static const std::vector<Setting<Adapter>> all = {
      define<Adapter>("name", Text(), ACCESS(Adapter, name),
                      {.help = "What the adapter is called after the model's name and a plus sign.",
                       .details = "\"legal\" for the model smollm2:135m is asked for as smollm2:135m+legal.",
                       .example = "\"legal\"",
                       .applies = restart,
                       .required = true}),
      define<Adapter>("model", Text(), ACCESS(Adapter, model),
                      {.help = "The model it was trained for, by the model store's name.",
                       .example = "\"smollm2:135m\"",
                       .applies = restart,
                       .required = true}),
      define<Adapter>("file", Text(), ACCESS(Adapter, file),
                      {.help = "Its GGUF file, as llama.cpp's convert_lora_to_gguf.py makes it.",
                       .example = "\"/var/lib/entente/adapters/legal.gguf\"",
                       .applies = restart,
                       .required = true}),
      define<Adapter>("scale", Decimal{-10, 10}, ACCESS(Adapter, scale),
                      {.help = "How strongly it acts; 1: as it was trained.", .example = "0.8", .applies = restart}),
  };
  return all;
}

std::span<const Setting<EngineShare>> engine_share_settings() {
  static const std::vector<Setting<EngineShare>> all = {
      define<EngineShare>(
          "tenant", Text(), ACCESS(EngineShare, tenant),
          {.help = "Whose share it is, by name.", .example = "\"clinic\"", .applies = restart, .required = true}),
      define<EngineShare>(
          "project", Text(), ACCESS(EngineShare, project),
          {.help = "A project of it, whose share of the tenant's this is.", .example = "\"ward\"", .applies = restart}),
      define<EngineShare>("weight", Decimal{0.01, 1000}, ACCESS(EngineShare, weight),
                          {.help = "How much it gets beside others while all of them have work; who is not named: 1.",
                           .details = "With 3, three times what one of weight 1 gets. What nobody needs, others get.",
                           .example = "3",
                           .applies = restart,
                           .required = true}),
  };
  return all;
}

std::span<const Setting<Provider>> provider_settings() {
  // providers/all.cpp has a line for each but the first; a test of app/ compares.
  static const std::vector<std::string> provider_kinds{
      "local",  "anthropic", "azure-openai", "bedrock",           "entente",
      "gemini", "mistral",   "openai",       "openai-compatible", "xai"};
  static const std::vector<Setting<Provider>> all = {
      define<Provider>("name", Text(), ACCESS(Provider, name),
                       {.help = "What deployments call it.", .example = "\"local\"", .required = true}),
      define<Provider>(
          "kind", Choice{provider_kinds}, ACCESS(Provider, kind),
          {.help = "Who it is: whose API it speaks.",
           .details = "\"local\" is this process. \"openai-compatible\" is any server with OpenAI's chat/completions.",
           .example = "\"openai\"",
           .required = true}),
      define<Provider>("endpoint", Text(), ACCESS(Provider, endpoint),
                       {.help = "Where it is reached; empty: at the maker's own address.",
                        .details = "It may lie in a private network. HTTPS_PROXY and NO_PROXY are followed.",
                        .example = "\"https://models.example.org/v1\""}),
      define<Provider>("api_key", SecretSource(), ACCESS(Provider, api_key),
                       {.help = "The key it knows us by.", .example = "\"env:OPENAI_API_KEY\""}),
      define<Provider>("api_keys", SecretSources(), ACCESS(Provider, api_keys),
                       {.help = "Several keys: one that is refused, or used too often, rests while another is used.",
                        .example = "[\"env:KEY_A\", \"file:/etc/entente/key-b\"]"}),
      define<Provider>("api_version", Text(), ACCESS(Provider, api_version),
                       {.help = "azure-openai: the api-version; empty: the v1 paths.", .example = "\"2024-10-21\""}),
      define<Provider>("token", SecretSource(), ACCESS(Provider, token),
                       {.help = "azure-openai: a bearer token of Entra, instead of a key.",
                        .details = "It is read again at a reload; whoever renews it sends SIGHUP.",
                        .example = "\"file:/run/entente/entra-token\""}),
      define<Provider>("region", Text(), ACCESS(Provider, region),
                       {.help = "bedrock: the region.", .example = "\"eu-west-3\""}),
      define<Provider>("access_key_id", SecretSource(), ACCESS(Provider, access_key_id),
                       {.help = "bedrock: the access key's id; api_key is its secret.",
                        .details = "Without it api_key is a Bedrock API key.",
                        .example = "\"env:AWS_ACCESS_KEY_ID\""}),
      define<Provider>(
          "session_token", SecretSource(), ACCESS(Provider, session_token),
          {.help = "bedrock: the session token of temporary credentials.", .example = "\"env:AWS_SESSION_TOKEN\""}),
      define<Provider>("ca_file", Text(), ACCESS(Provider, ca_file),
                       {.help = "PEM file of the authorities trusted there; empty: the system's.",
                        .example = "\"/etc/entente/ca.pem\""}),
      define<Provider>("client_certificate", Text(), ACCESS(Provider, client_certificate),
                       {.help = "PEM file of a certificate that we show, with client_key.",
                        .example = "\"/etc/entente/client.pem\""}),
      define<Provider>("client_key", Text(), ACCESS(Provider, client_key),
                       {.help = "PEM file of that certificate's key.", .example = "\"/etc/entente/client.key\""}),
      define<Provider>("connect_time", Duration(), ACCESS(Provider, connect_time),
                       {.help = "How long connecting may take, and TLS again.", .example = "\"10s\""}),
      define<Provider>("headers_time", Duration(), ACCESS(Provider, headers_time),
                       {.help = "How long the head of an answer may take.", .example = "\"1min\""}),
      define<Provider>("first_token_time", Duration(), ACCESS(Provider, first_token_time),
                       {.help = "How long the first token of an answer may take, since the request was sent.",
                        .example = "\"2min\""}),
      define<Provider>("between_tokens_time", Duration(), ACCESS(Provider, between_tokens_time),
                       {.help = "How long an answer may stand still.",
                        .details = "Signs of life without a token do not count.",
                        .example = "\"1min\""}),
  };
  return all;
}

std::span<const Setting<Deployment>> deployment_settings() {
  static const std::vector<Setting<Deployment>> all = {
      define<Deployment>("name", Text(), ACCESS(Deployment, name),
                         {.help = "What models call it.", .example = "\"here\"", .required = true}),
      define<Deployment>(
          "provider", Text(), ACCESS(Deployment, provider),
          {.help = "A configured provider; \"local\" is always there.", .example = "\"local\"", .required = true}),
      define<Deployment>(
          "model", Text(), ACCESS(Deployment, model),
          {.help = "The provider's own name for the model.", .example = "\"smollm2:135m\"", .required = true}),
      define<Deployment>("capabilities", CapabilityNames(), ACCESS(Deployment, capabilities),
                         {.help = "What it can do, where that is less than its provider's models can.",
                          .details = "Work that needs more goes elsewhere. \"images\", \"speech\" and the like are to "
                                     "make some; \"vision\" is to see one.",
                          .example = "[\"tools\", \"schema\"]"}),
      define<Deployment>("context_tokens", Count{}, ACCESS(Deployment, context_tokens),
                         {.help = "Tokens of prompt and answer together; 0: not stated.", .example = "128000"}),
      define<Deployment>("most_running", Count{0, 1'000'000}, ACCESS(Deployment, most_running),
                         {.help = "How much work it may do at a time; 0: no limit of ours.", .example = "16"}),
      define<Deployment>("queue_time", Duration(), ACCESS(Deployment, queue_time),
                         {.help = "How long work may wait for its turn there, before the next deployment is asked.",
                          .example = "\"2s\""}),
      define<Deployment>("weight", Count{0, 1'000'000}, ACCESS(Deployment, weight),
                         {.help = "Its share of the work, where the model's strategy is \"weight\".", .example = "3"}),
      define<Deployment>("register", Text(), ACCESS(Deployment, registered),
                         {.help = "An entry of the register, which states what the deployment's facts do not.",
                          .details = "`entente policy register` lists them: a starting point, all of it declared.",
                          .example = "\"openai\""}),
  };
  return all;
}

std::span<const Setting<Model>> model_settings() {
  static const std::vector<Setting<Model>> all = {
      define<Model>("name", Text(), ACCESS(Model, name),
                    {.help = "The public name clients ask for.", .example = "\"assistant\"", .required = true}),
      define<Model>(
          "deployments", Texts(), ACCESS(Model, deployments),
          {.help = "Deployments that may answer, preferred first.", .example = "[\"here\"]", .required = true}),
      define<Model>(
          "strategy", StrategyName(), ACCESS(Model, strategy),
          {.help = "In which order deployments are asked.",
           .details =
               "priority: as listed. weight: drawn. latency: the soonest first token first, as measured. "
               "price: the cheapest first. context: the shortest that holds the work first. cascade: as listed, from "
               "small to large; all but the last are heard to their end before anything is shown, and the next "
               "is asked when an answer is empty, cut by its length, or stopped by a content filter.",
           .example = "\"priority\""}),
      define<Model>(
          "hedge_after", Duration(), ACCESS(Model, hedge_after),
          {.help = "When who was asked has not begun to answer after this time, the next is asked beside it; "
                   "\"0s\": never.",
           .details = "The first to begin answers; the other is stopped, and what it used by then is counted.",
           .example = "\"2s\""}),
      define<Model>("hedge_percentile", Count{0, 100}, ACCESS(Model, hedge_percentile),
                    {.help = "The same after the time in which so many per cent of its latest answers had begun; 0: "
                             "never.",
                     .details = "Of the last 64 answers, once 16 were seen; before that, hedge_after.",
                     .example = "95"}),
      define<Model>("sticky", Flag(), ACCESS(Model, sticky),
                    {.help = "With the strategy \"weight\": whoever asks again gets the deployment they had, for its "
                             "cache of prompts.",
                     .details = "By prompt_cache_key, else by the person the client names (user), in each tenant by "
                                "itself. A list that changes moves some.",
                     .example = "true"}),
      define<Model>("content_filter_next", Flag(), ACCESS(Model, content_filter_next),
                    {.help = "Whether work that a maker's content filter refuses goes to the next deployment.",
                     .details = "Otherwise the refusal is the answer.",
                     .example = "true"}),
      define<Model>("aliases", Texts(), ACCESS(Model, aliases),
                    {.help = "Other names that clients may ask for it by; \"*\" stands for any text.",
                     .details = "A model's own name goes first, then other names, then the longest pattern.",
                     .example = "[\"gpt-4o\", \"claude-*\"]"}),
      define<Model>("owner", Text(), ACCESS(Model, owner),
                    {.help = "The maker, shown as owned_by.", .example = "\"Hugging Face\""}),
  };
  return all;
}

}  // namespace entente::config
