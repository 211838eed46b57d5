// GET /v1/models and /v1/models/{id}.
#include "wire/openai/models.hpp"

#include <format>

#include "api/routes.hpp"

namespace entente::api {

namespace {
net::Response json(std::string body) {
  return {.status = 200, .headers = {{"content-type", "application/json"}}, .body = std::move(body)};
}
}  // namespace

Task<> list_models(Context& context, const Services& services, std::string_view) {
  co_return co_await context.reply(json(wire::encode_model_list(*services.gateway->catalogue())));
}

Task<> show_model(Context& context, const Services& services, std::string_view id) {
  auto catalogue = services.gateway->catalogue();
  auto found = catalogue->models.find(id);
  if (found == catalogue->models.end()) {
    co_return fail(
        {.code = ErrorCode::not_found,
         .message = std::format("The model '{}' does not exist here. GET /v1/models lists the models you may use.",
                                id.substr(0, 128)),
         .reason = "model_not_found",
         .param = "model"});
  }
  co_return co_await context.reply(json(wire::encode_model(*catalogue, found->second)));
}

}  // namespace entente::api
