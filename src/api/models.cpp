// GET /v1/models and /v1/models/{id}, in OpenAI's dialect and in Anthropic's.
#include "wire/anthropic/models.hpp"

#include <format>

#include "api/answer.hpp"
#include "api/dialect.hpp"
#include "api/routes.hpp"
#include "wire/openai/models.hpp"

namespace entente::api {

Task<> list_models(Context& context, const Services& services, std::string_view) {
  auto catalogue = services.gateway->catalogue();
  bool anthropic = dialect_of(context.request()) == Dialect::anthropic;
  co_return co_await context.reply(
      json_response(anthropic ? wire::encode_anthropic_model_list(*catalogue) : wire::encode_model_list(*catalogue)));
}

Task<> show_model(Context& context, const Services& services, std::string_view id) {
  auto catalogue = services.gateway->catalogue();
  const Model* found = find_model(*catalogue, id);
  if (!found) {
    co_return fail(
        {.code = ErrorCode::not_found,
         .message = std::format("The model '{}' does not exist here. GET /v1/models lists the models you may use.",
                                id.substr(0, 128)),
         .reason = "model_not_found",
         .param = "model"});
  }
  Model model = *found;
  model.name = id;  // the name that was asked for
  bool anthropic = dialect_of(context.request()) == Dialect::anthropic;
  co_return co_await context.reply(
      json_response(anthropic ? wire::encode_anthropic_model(model) : wire::encode_model(*catalogue, model)));
}

}  // namespace entente::api
