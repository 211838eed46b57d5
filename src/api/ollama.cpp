// /api/…: Ollama's dialect.
#include <algorithm>
#include <format>

#include "api/answer.hpp"
#include "api/errors.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "base/worker.hpp"
#include "net/runner.hpp"
#include "net/waiting.hpp"
#include "wire/json.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/ollama/models.hpp"

namespace entente::api {

namespace {

// What is called so here: clients put ":latest" behind a name without a tag, which a model may also have itself.
std::string name_here(const Services& services, const std::string& sent) {
  return find_model(*services.gateway->catalogue(), sent) ? sent : wire::without_latest(sent);
}

wire::OllamaHead head_for(const Services& services, std::string model, bool generates) {
  auto began = std::chrono::steady_clock::now();
  return {.model = std::move(model),
          .created_at = to_rfc3339(services.clock->now()),
          .generates = generates,
          .stopwatch = [began] { return std::chrono::steady_clock::now() - began; }};
}

Task<> answer(Context& context, const Services& services, wire::OllamaRequest request, bool generates) {
  std::string& model = model_of(request.work);
  wire::OllamaHead head = head_for(services, model, generates);  // which the reply calls as it was sent
  model = name_here(services, model);
  if (request.only_load) {
    // Asking how it reads texts brings the model here.
    gateway::Asked asked = asked_by(context, std::move(request.work));
    Result<TokenizerInfo> there = co_await services.gateway->tokenizer_of(asked);
    if (!there && there.error().code != ErrorCode::unsupported) co_return fail(there.error());
    co_return co_await context.reply(json_response(wire::encode_ollama_loaded(head)));
  }
  if (request.stream) {
    wire::OllamaStream stream(std::move(head));
    co_return co_await answer_streamed(context, services, shared(std::move(request.work)), stream);
  }
  wire::OllamaAnswer whole(std::move(head));
  co_return co_await answer_whole(context, services, shared(std::move(request.work)), whole);
}

Task<> embed(Context& context, const Services& services, Embed work, bool single) {
  wire::OllamaVectors vectors(head_for(services, work.model, false), work.inputs.size(), single);
  work.model = name_here(services, work.model);
  co_return co_await answer_whole(context, services, shared(std::move(work)), vectors);
}

wire::OllamaFile file_of(ModelFile&& file) {
  wire::OllamaFile out{.sha256 = std::move(file.sha256),
                       .bytes = file.bytes,
                       .architecture = std::move(file.architecture),
                       .quantisation = std::move(file.quantisation),
                       .licence = std::move(file.licence),
                       .parameters = file.parameters,
                       .context_tokens = file.context_tokens,
                       .capabilities = {}};
  out.capabilities.emplace_back(file.only_reads ? "embedding" : "completion");
  if (file.only_reads) return out;
  if (file.calls_tools) out.capabilities.emplace_back("tools");
  if (file.sees) out.capabilities.emplace_back("vision");
  if (file.thinks) out.capabilities.emplace_back("thinking");
  return out;
}

// The models in memory, of what GET /engines says.
std::vector<wire::OllamaResident> residents_in(std::string_view engines, Instant now) {
  std::vector<wire::OllamaResident> out;
  auto document = wire::parse_json(engines);
  const wire::Json::Array* items = document ? document->array("engines") : nullptr;
  if (!items) return out;
  auto number = [](const wire::Json& item, std::string_view name) {
    const std::int64_t* value = item.integer(name);
    return value ? *value : 0;
  };
  for (const wire::Json& item : *items) {
    const std::string *text = item.text("model"), *stage = item.text("stage");
    if (!text || !stage || *stage == "failed" || *stage == "waiting") continue;
    auto bytes = static_cast<std::uint64_t>(number(item, "bytes"));
    auto layers = static_cast<std::uint64_t>(number(item, "layers")),
         on_device = std::min(layers, static_cast<std::uint64_t>(number(item, "gpu_layers")));
    std::optional<Instant> expires_at;
    if (const std::int64_t* left = item.integer("unload_in_seconds")) expires_at = now + std::chrono::seconds(*left);
    out.push_back({.name = *text,
                   .bytes = bytes,
                   .device_bytes = layers > 0 ? bytes * on_device / layers : 0,
                   .context_tokens = static_cast<std::uint32_t>(number(item, "context_tokens")),
                   .expires_at = expires_at,
                   .file = {}});
  }
  return out;
}

// What is known of a model by its first deployment: from the file where that is here, else what was configured.
Task<wire::OllamaFile> known_of(const Services& services, const Catalogue& catalogue, const Model& model) {
  wire::OllamaFile known;
  auto found =
      model.deployments.empty() ? catalogue.deployments.end() : catalogue.deployments.find(model.deployments[0]);
  if (found == catalogue.deployments.end()) co_return known;
  const Deployment& deployment = found->second;
  if (deployment.provider != "local") {
    known.context_tokens = deployment.context_tokens;
    if (deployment.capabilities && !deployment.capabilities->tools) known.capabilities = {"completion"};
    if (deployment.capabilities && deployment.capabilities->vision) known.capabilities.emplace_back("vision");
    co_return known;
  }
  std::string name = deployment.model.substr(0, deployment.model.find('+'));  // an adapter stands behind it
  auto look = [&]() -> Result<std::optional<ModelFile>> { return services.model_file(name); };
  CO_TRY_ASSIGN(std::optional<ModelFile> file, co_await services.worker->run<std::optional<ModelFile>>(look));
  co_return file ? file_of(*std::move(file)) : known;
}

// Ollama's words for how far it is.
std::string pull_line(const Pulling::State& state) {
  if (state.checking) return wire::encode_ollama_pull_line("verifying sha256 digest");
  return state.total == 0 ? wire::encode_ollama_pull_line("pulling manifest")
                          : wire::encode_ollama_pull_line("pulling model", state.done, state.total);
}

Result<> check_keeper(const Context& context, const Services& services, std::string_view command) {
  if (services.may_keep_models(context.principal)) return {};
  return fail({.code = ErrorCode::forbidden,
               .message = std::format("This key may not bring or remove models. server.model_keepers names the keys "
                                      "that may; `entente models {}` does it on the server's machine.",
                                      command),
               .reason = "not_a_model_keeper"});
}

Error no_such_model(std::string_view name) {
  return {.code = ErrorCode::not_found,
          .message = std::format("model '{}' not found", shortened(name)),
          .reason = "model_not_found"};
}

bool serves_file(const Catalogue& catalogue, std::string_view name) {
  return std::ranges::any_of(catalogue.deployments, [&](const auto& entry) {
    const Deployment& deployment = entry.second;
    return deployment.provider == "local" && deployment.model.substr(0, deployment.model.find('+')) == name;
  });
}

}  // namespace

Task<> ollama_delete(Context& context, const Services& services, std::string_view) {
  CO_TRY(check_keeper(context, services, "remove"));
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(std::string sent, wire::decode_ollama_model_name(body));
  std::string name = name_here(services, sent);
  auto remove = [&]() -> Result<> { return services.remove_model(name); };
  if (Result<> removed = co_await services.worker->run<void>(remove); !removed) {
    bool unknown = removed.error().code == ErrorCode::not_found;
    co_return fail(unknown ? no_such_model(name) : std::move(removed.error()));
  }
  // The main thread sees it within a second. Who asks next what is here shall not be told of it; should it take long,
  // the file is gone all the same.
  for (int i = 0; i < 100 && serves_file(*services.gateway->catalogue(), name); ++i)
    CO_TRY(co_await net::pause(std::chrono::milliseconds(50)));
  co_return co_await context.reply({.status = 200, .headers = {}, .body = {}});
}

Task<> ollama_pull(Context& context, const Services& services, std::string_view) {
  CO_TRY(check_keeper(context, services, "pull"));
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(wire::OllamaPull wanted, wire::decode_ollama_pull(body));
  auto pulling = std::make_shared<Pulling>();
  CO_TRY(services.pull(wanted.model, pulling));
  // Whoever leaves wants it no more; what has come is kept for the next time.
  struct Leaving {
    std::shared_ptr<Pulling> pulling;
    ~Leaving() { pulling->stop().request_stop(); }
  } leaving{pulling};
  if (wanted.stream) CO_TRY(co_await context.begin_stream("application/x-ndjson", {}));
  std::string last;
  Pulling::State state = pulling->state();
  while (!state.ended) {
    std::string line = pull_line(state);
    if (wanted.stream && line != last) CO_TRY(co_await context.write(line));
    last = std::move(line);
    CO_TRY(co_await net::wait_within(pulling->changed(), std::chrono::seconds(1)));
    CO_TRY(co_await net::pause(std::chrono::milliseconds(100)));  // ten lines a second are enough to watch
    state = pulling->state();
  }
  if (!*state.ended && !wanted.stream) co_return fail(state.ended->error());
  if (!wanted.stream) co_return co_await context.reply(json_response(wire::encode_ollama_pull_line("success")));
  std::string end = *state.ended
                        ? wire::encode_ollama_pull_line("writing manifest") + wire::encode_ollama_pull_line("success")
                        : wire::encode_ollama_pull_failure(shown_to_client(state.ended->error()).message);
  CO_TRY(co_await context.write(end));
  co_return co_await context.finish();
}

Task<> ollama_chat(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(wire::OllamaRequest request, wire::decode_ollama_chat(body));
  co_return co_await answer(context, services, std::move(request), false);
}

Task<> ollama_generate(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(wire::OllamaRequest request, wire::decode_ollama_generate(body));
  co_return co_await answer(context, services, std::move(request), true);
}

Task<> ollama_embed(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(Embed work, wire::decode_ollama_embed(body));
  co_return co_await embed(context, services, std::move(work), false);
}

Task<> ollama_embeddings(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(Embed work, wire::decode_ollama_embeddings(body));
  co_return co_await embed(context, services, std::move(work), true);
}

Task<> ollama_tags(Context& context, const Services& services, std::string_view) {
  auto look = [&]() -> Result<std::vector<ModelFile>> { return services.model_files(); };
  CO_TRY_ASSIGN(std::vector<ModelFile> installed, co_await services.worker->run<std::vector<ModelFile>>(look));
  wire::OllamaFiles files;
  for (ModelFile& file : installed) files[file.name] = {.sha256 = std::move(file.sha256), .bytes = file.bytes};
  co_return co_await context.reply(json_response(wire::encode_ollama_tags(*services.gateway->catalogue(), files)));
}

Task<> ollama_show(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(std::string sent, wire::decode_ollama_model_name(body));
  std::string name = name_here(services, sent);
  auto catalogue = services.gateway->catalogue();
  const Model* model = find_model(*catalogue, name);
  if (!model) co_return fail(no_such_model(name));
  CO_TRY_ASSIGN(wire::OllamaFile file, co_await known_of(services, *catalogue, *model));
  co_return co_await context.reply(json_response(wire::encode_ollama_shown(*model, file)));
}

Task<> ollama_ps(Context& context, const Services& services, std::string_view) {
  Instant now = services.clock->now();
  std::vector<wire::OllamaResident> residents = residents_in(services.engines(), now);
  auto look = [&]() -> Result<> {
    for (wire::OllamaResident& resident : residents) {
      if (auto file = services.model_file(resident.name)) resident.file = file_of(*std::move(file));
    }
    return {};
  };
  CO_TRY(co_await services.worker->run<void>(look));
  co_return co_await context.reply(json_response(wire::encode_ollama_ps(residents, now)));
}

Task<> ollama_version(Context& context, const Services&, std::string_view) {
  co_return co_await context.reply(json_response(wire::encode_ollama_version()));
}

}  // namespace entente::api
