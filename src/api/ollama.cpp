// /api/…: Ollama's dialect.
#include <format>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/ollama/models.hpp"

namespace entente::api {

namespace {

wire::OllamaHead head_for(const Services& services, std::string model, bool generates) {
  auto began = std::chrono::steady_clock::now();
  return {.model = std::move(model),
          .created_at = to_rfc3339(services.clock->now()),
          .generates = generates,
          .stopwatch = [began] { return std::chrono::steady_clock::now() - began; }};
}

Task<> answer(Context& context, const Services& services, wire::OllamaRequest request, bool generates) {
  wire::OllamaHead head = head_for(services, envelope_of(request.work).model, generates);
  if (request.only_load) {
    // Asking how it reads texts brings the model here.
    gateway::Asked asked = asked_by(context, std::move(request.work));
    Result<TokenizerInfo> there = co_await services.gateway->tokenizer_of(asked);
    if (!there && there.error().code != ErrorCode::unsupported) co_return fail(there.error());
    co_return co_await context.reply(json_response(wire::encode_ollama_loaded(head)));
  }
  if (request.stream) {
    wire::OllamaStream stream(std::move(head));
    co_return co_await answer_streamed(context, services, std::move(request.work), stream);
  }
  wire::OllamaAnswer whole(std::move(head));
  co_return co_await answer_whole(context, services, std::move(request.work), whole);
}

Task<> embed(Context& context, const Services& services, Embed work, bool single) {
  wire::OllamaVectors vectors(head_for(services, work.model, false), work.inputs.size(), single);
  co_return co_await answer_whole(context, services, std::move(work), vectors);
}

std::vector<wire::OllamaResident> residents_in(std::string_view engines) {
  std::vector<wire::OllamaResident> out;
  auto document = wire::parse_json(engines);
  const wire::Json::Array* items = document ? document->array("engines") : nullptr;
  if (!items) return out;
  auto number = [](const wire::Json& item, std::string_view name) {
    const std::int64_t* value = item.integer(name);
    return value ? *value : 0;
  };
  for (const wire::Json& item : *items) {
    const std::string* text = item.text("model");
    if (!text) continue;
    out.push_back({.name = *text,
                   .bytes = static_cast<std::uint64_t>(number(item, "bytes")),
                   .context_tokens = static_cast<std::uint32_t>(number(item, "context_tokens"))});
  }
  return out;
}

}  // namespace

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
  co_return co_await context.reply(json_response(wire::encode_ollama_tags(*services.gateway->catalogue())));
}

Task<> ollama_show(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(std::string name, wire::decode_ollama_model_name(body));
  auto catalogue = services.gateway->catalogue();
  const Model* model = find_model(*catalogue, name);
  if (!model) {
    co_return fail({.code = ErrorCode::not_found,
                    .message = std::format("model '{}' not found", shortened(name)),
                    .reason = "model_not_found"});
  }
  co_return co_await context.reply(json_response(wire::encode_ollama_shown(*model)));
}

Task<> ollama_ps(Context& context, const Services& services, std::string_view) {
  co_return co_await context.reply(json_response(wire::encode_ollama_ps(residents_in(services.engines()))));
}

Task<> ollama_version(Context& context, const Services&, std::string_view) {
  co_return co_await context.reply(json_response(wire::encode_ollama_version()));
}

}  // namespace entente::api
