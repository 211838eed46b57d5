#include "api/api.hpp"

#include <format>

#include "api/azure.hpp"
#include "api/dialect.hpp"
#include "api/errors.hpp"
#include "api/rates.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "wire/openai/error.hpp"

namespace entente::api {

namespace {

Error no_key() {
  return {
      .code = ErrorCode::unauthenticated,
      .message = "No key was sent. Send the header Authorization: Bearer ent_…; `entente keys create` makes a key."};
}

Error bad_key() {
  return {.code = ErrorCode::unauthenticated,
          .message =
              "The key is not valid: nobody here knows it, or it was revoked. `entente keys create` makes a new one."};
}

Error nothing_there(const Match& match, const net::Request& request) {
  std::string_view path = std::string_view(request.path).substr(0, 128);
  if (match.allow.empty()) {
    return {.code = ErrorCode::not_found,
            .message = std::format("Nothing answers at {}. /openapi.json lists what does.", path),
            .reason = "unknown_url"};
  }
  return {
      .code = ErrorCode::invalid_request,
      .message = std::format("{} takes {}, not {}.", path, match.allow, std::string_view(request.method).substr(0, 16)),
      .reason = "method_not_allowed"};
}

// Whoever comes through a proxy is somebody else, also when the proxy runs here and is not on the list of trusted ones.
bool from_this_machine(const net::Request& request) {
  if (request.headers.contains("x-forwarded-for") || request.headers.contains("forwarded")) return false;
  return request.local_socket || request.client.starts_with("127.") || request.client == "::1";
}

Result<> let_in(Context& context, const Services& services, Door door) {
  if (door == Door::log) {
    LogReaders readers = services.log_readers();
    if (readers == LogReaders::nobody) {
      return fail(ErrorCode::forbidden,
                  "This log shows its checkpoint only. The setting audit.tiles says who may read its entries.");
    }
    door = readers == LogReaders::everybody ? Door::open : Door::key;
  }
  if (door == Door::open) return {};
  auto presented = presented_secret(context.request());
  if (!presented) {
    if (!from_this_machine(context.request())) return fail(no_key());
    if (door == Door::operator_) return {};
    auto stands_in = services.unkeyed ? services.unkeyed(context.request()) : std::nullopt;
    if (!stands_in) return fail(no_key());
    context.principal = std::move(*stands_in);
    return {};
  }
  auto credential = services.store->find_credential(presented->secret);
  // A session is the page's: it opens the door only as the cookie it was given as, and a key never as a cookie.
  if (!credential || credential->session != presented->by_cookie) return fail(bad_key());
  if (presented->by_cookie) {
    TRY(check_page_header(context.request()));
    context.session_secret = presented->secret;
  }
  context.principal = std::move(credential->principal);
  return {};
}

// What the browser asks before a listed page may call us: it may send whatever headers its SDK wants to.
net::Response preflight(const net::Request& request) {
  net::Response response{.status = 204, .headers = {}, .body = {}};
  response.headers.add("access-control-allow-methods", "GET, POST, DELETE");
  if (auto asked = request.headers.get("access-control-request-headers"); !asked.empty()) {
    response.headers.add("access-control-allow-headers", std::string(asked));
  }
  response.headers.add("access-control-max-age", "600");
  return response;
}

// Whether the route may run at all. A value: what is answered instead.
Result<std::optional<net::Response>> open_door(Context& context, const Services& services, const AccessRules& rules,
                                               const Match& match) {
  const net::Request& request = context.request();
  TRY(check_host(request, rules));
  TRY(check_origin(request, rules));
  if (request.method == "OPTIONS" && cors_origin(request, rules)) return preflight(request);
  if (!match.route) return fail(nothing_there(match, request));
  TRY(let_in(context, services, match.route->door));
  return std::nullopt;
}

// No coroutine of its own where the route is one.
Task<> route_and_run(Context& context, const Services& services, const AccessRules& rules, const Match& match) {
  auto instead = open_door(context, services, rules, match);
  if (instead && !*instead) return match.route->answer(context, services, match.rest);
  return [](Context& to, Result<std::optional<net::Response>> what) -> Task<> {
    if (!what) co_return fail(std::move(what.error()));
    co_return co_await to.reply(std::move(**what));
  }(context, std::move(instead));
}

net::Headers common_headers(const net::Request& request, const AccessRules& rules, const std::string& id,
                            const std::string& trace) {
  net::Headers headers{{"x-request-id", id}};
  if (dialect_of(request) == Dialect::anthropic) headers.add("request-id", id);
  if (!trace.empty()) headers.add("traceparent", trace);
  if (auto origin = cors_origin(request, rules)) {
    headers.add("access-control-allow-origin", *origin);
    headers.add("access-control-expose-headers",
                "x-request-id, request-id, traceparent, retry-after, retry-after-ms, entente-deployment, "
                "entente-provider, entente-place, entente-decision, entente-model, x-ratelimit-limit-requests, "
                "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, "
                "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens, entente-schema-left-out");
  }
  if (!rules.origins.empty()) headers.add("vary", "Origin");
  return headers;
}

}  // namespace

net::Response Api::refusal(const Error& error) { return error_response(error); }

Task<> Api::handle(net::Exchange& exchange) {
  auto begin = std::chrono::steady_clock::now();
  Instant began = services_.clock->now();
  const net::Request& request = exchange.request();
  std::shared_ptr<const AccessRules> rules = services_.access();
  std::string_view incoming = request.headers.get("traceparent");
  std::string id = make_id("req", began), trace = services_.begin_trace(incoming);
  Dialect dialect = dialect_of(request);
  Context context(exchange, id, trace, common_headers(request, *rules, id, trace));

  Place place = without_azure(request.path);
  context.model_in_path = std::move(place.model);
  Match found = match(request.method, place.path);
  Result<> done = co_await route_and_run(context, services_, *rules, found);
  unsigned status = context.status();
  if (!done) {
    const Error& error = done.error();
    if (error.code == ErrorCode::internal) {
      log::error("A request failed inside Entente.",
                 {{"request", id}, {"error", error.message}, {"details", error.details}});
    }
    if (error.code == ErrorCode::cancelled) {
      status = status_of(error);
    } else if (!context.begun()) {  // a stream that has begun has told it in its own way (answer.hpp)
      status = status_of(error, dialect);
      net::Response response = error_response(error, dialect, id);
      if (!found.route && !found.allow.empty()) response.headers.add("allow", found.allow);
      if (status == 429)
        add_rates(response.headers, services_.gateway->quotas(), context.principal, dialect, services_.clock->now());
      if (status == 401) response.headers.add("www-authenticate", "Bearer realm=\"entente\"");
      (void)co_await context.reply(
          std::move(response));  // a client that left hears nothing, and that is no failure of ours
    }
  }

  auto took = std::chrono::steady_clock::now() - begin;
  std::string_view route = found.route ? found.route->path : "";
  services_.answered({.route = route,
                      .method = request.method,
                      .traceparent = trace,
                      .incoming_traceparent = incoming,
                      .status = status,
                      .took = took,
                      .began = began});
  log::Level level = route.starts_with("/health/") || route == "/metrics" ? log::Level::debug : log::Level::info;
  if (!log::enabled(level)) co_return Result<>{};  // before the fields are made
  log::write(level, "Answered.",
             {{"request", id},
              {"method", request.method},
              {"path", request.path},
              {"status", status},
              {"error", done ? std::string() : wire::openai_code(done.error())},
              {"key", context.principal.key},
              {"client", request.client},
              {"ms", std::chrono::duration<double, std::milli>(took).count()}});
  co_return Result<>{};
}

}  // namespace entente::api
