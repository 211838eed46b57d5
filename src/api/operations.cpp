// What operators and their tools ask: health, metrics, the description of the API.
#include "api/answer.hpp"
#include "api/routes.hpp"
#include "wire/json_writer.hpp"

namespace entente::api {

namespace {

constexpr char openapi[] = {
#embed "openapi.json"
};

net::Response health(unsigned status, std::string_view word, std::string_view reason = {}) {
  net::Response response{
      .status = status, .headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}}, .body = {}};
  wire::JsonWriter json(response.body);
  json.begin_object().key("status").string(word);
  if (!reason.empty()) json.key("reason").string(reason);
  json.end_object();
  return response;
}

}  // namespace

Task<> say_live(Context& context, const Services&, std::string_view) {
  co_return co_await context.reply(health(200, "ok"));
}

Task<> say_ready(Context& context, const Services& services, std::string_view) {
  std::string reason = services.not_ready();
  co_return co_await context.reply(reason.empty() ? health(200, "ready") : health(503, "not ready", reason));
}

Task<> show_metrics(Context& context, const Services& services, std::string_view) {
  co_return co_await context.reply({.status = 200,
                                    .headers = {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}},
                                    .body = services.metrics()});
}

Task<> show_engines(Context& context, const Services& services, std::string_view) {
  return reply_fresh(context, services.engines());
}

Task<> show_quotas(Context& context, const Services& services, std::string_view) {
  return reply_fresh(context, services.quotas(nullptr));
}

Task<> show_own_quotas(Context& context, const Services& services, std::string_view) {
  return reply_fresh(context, services.quotas(&context.principal));
}

Task<> show_openapi(Context& context, const Services&, std::string_view) {
  co_return co_await context.reply({.status = 200,
                                    .headers = {{"content-type", "application/json"}, {"cache-control", "no-cache"}},
                                    .body = std::string(openapi, sizeof openapi)});
}

}  // namespace entente::api
