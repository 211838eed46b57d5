// /tokenize, /detokenize and /tokenizer_info, at the root as vLLM has them, the first two under /v1 too.
#include "wire/vllm/tokens.hpp"

#include "api/answer.hpp"
#include "api/routes.hpp"

namespace entente::api {

namespace {

std::string only_model(const Services& services) {
  auto catalogue = services.gateway->catalogue();
  return catalogue->models.size() == 1 ? catalogue->models.begin()->first : std::string();
}

gateway::Asked about_model(const Context& context, std::string model) {
  return asked_by(context, Complete{.model = std::move(model), .prompts = {std::string()}});
}

}  // namespace

Task<> tokenize(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(Work work, wire::decode_tokenize_request(body, only_model(services)));
  gateway::Asked asked = asked_by(context, std::move(work));
  CO_TRY_ASSIGN(std::vector<std::int32_t> tokens, co_await services.gateway->tokens_of(asked));
  CO_TRY_ASSIGN(TokenizerInfo info, co_await services.gateway->tokenizer_of(asked));
  co_return co_await context.reply(json_response(wire::encode_tokens(tokens, info)));
}

Task<> detokenize(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::DetokenizeRequest request, wire::decode_detokenize_request(body, only_model(services)));
  gateway::Asked asked = about_model(context, std::move(request.model));
  CO_TRY_ASSIGN(std::string text, co_await services.gateway->text_of(asked, std::move(request.tokens)));
  co_return co_await context.reply(json_response(wire::encode_detokenized(text)));
}

Task<> show_tokenizer(Context& context, const Services& services, std::string_view) {
  std::string model = only_model(services);
  if (std::string named = context.request().query_value("model"); !named.empty()) model = std::move(named);
  if (model.empty()) {
    co_return fail({.code = ErrorCode::invalid_request,
                    .message = "This server has several models: ask for /tokenizer_info?model=NAME.",
                    .reason = "missing_required_parameter",
                    .param = "model"});
  }
  gateway::Asked asked = about_model(context, std::move(model));
  CO_TRY_ASSIGN(TokenizerInfo info, co_await services.gateway->tokenizer_of(asked));
  co_return co_await context.reply(json_response(wire::encode_tokenizer(info)));
}

}  // namespace entente::api
