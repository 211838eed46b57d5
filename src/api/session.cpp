// The page signs in: a one-time link or a key becomes a cookie that scripts cannot read.
#include <format>

#include "api/routes.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"

namespace entente::api {

namespace {

// Strict: the cookie is sent only from our own page. The path is left to the browser: the folder the page lies in, so a
// base path needs no word here.
std::string set_cookie(std::string_view secret, bool secure, std::chrono::seconds life) {
  return std::format("{}={}; HttpOnly; SameSite=Strict; Max-Age={}{}", session_cookie, secret, life.count(),
                     secure ? "; Secure" : "");
}

net::Response no_content(std::string cookie) {
  return {.status = 204, .headers = {{"set-cookie", std::move(cookie)}, {"cache-control", "no-store"}}, .body = {}};
}

constexpr auto session_life = std::chrono::days(30);

}  // namespace

Task<> show_session(Context& context, const Services&, std::string_view) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object().key("signed_in").boolean(true).key("user").string(context.principal.key).end_object();
  co_return co_await context.reply({.status = 200,
                                    .headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}},
                                    .body = std::move(body)});
}

Task<> open_session(Context& context, const Services& services, std::string_view) {
  CO_TRY(check_page_header(context.request()));
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::Json document, wire::parse_json(body));
  wire::Fields fields(document, "");
  auto token = fields.text("token");
  auto key = fields.text("key");
  fields.nothing_else();
  if (fields.ok() && !token == !key) fields.reject("token", "Send either 'token', from a sign-in link, or 'key'.");
  if (!fields.ok()) co_return fail(fields.error());

  std::string secret;
  if (token) {
    CO_TRY_ASSIGN(secret, co_await services.store->redeem_link(*token));
  } else {
    auto credential = services.store->find_credential(*key);
    if (!credential || credential->session) {
      co_return fail({.code = ErrorCode::unauthenticated,
                      .message = "The key is not valid: nobody here knows it, or it was revoked."});
    }
    CO_TRY_ASSIGN(secret, co_await services.store->open_session(credential->principal.key));
  }
  co_return co_await context.reply(no_content(set_cookie(secret, context.request().secure, session_life)));
}

Task<> close_session(Context& context, const Services& services, std::string_view) {
  if (!context.session_secret.empty()) CO_TRY(co_await services.store->close_session(context.session_secret));
  co_return co_await context.reply(no_content(set_cookie("", context.request().secure, std::chrono::seconds(0))));
}

}  // namespace entente::api
