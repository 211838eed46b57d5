#include "api/access.hpp"

#include <algorithm>
#include <format>

#include "base/ascii.hpp"

namespace entente::api {

namespace {

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host == "127.0.0.1";
}

bool host_allowed(std::string_view host, const AccessRules& rules) {
  return is_loopback_name(host) ||
         std::ranges::any_of(rules.hosts, [&](const std::string& h) { return to_lower(h) == host; });
}

bool listed(std::string_view origin, const AccessRules& rules) {
  return std::ranges::any_of(rules.origins, [&](const std::string& o) { return to_lower(o) == to_lower(origin); });
}

}  // namespace

std::string host_name(std::string_view header) {
  if (header.starts_with('[')) return to_lower(header.substr(1, header.find(']') - 1));
  return to_lower(header.substr(0, header.rfind(':')));
}

Result<> check_host(const net::Request& request, const AccessRules& rules) {
  if (request.local_socket) return {};
  std::string_view header = request.headers.get("host");
  if (host_allowed(host_name(header), rules)) return {};
  return fail(
      {.code = ErrorCode::forbidden,
       .message = std::format("This server does not answer to the name '{}'. Add it to server.allowed_hosts to use it.",
                              header.substr(0, 128)),
       .reason = "host_not_allowed"});
}

Result<> check_origin(const net::Request& request, const AccessRules& rules) {
  std::string_view origin = request.headers.get("origin");
  if (origin.empty() || listed(origin, rules)) return {};
  // The server's own page: the same scheme, host and port as the request itself.
  std::string own = std::format("{}://{}", request.secure ? "https" : "http", to_lower(request.headers.get("host")));
  if (to_lower(origin) == own) return {};
  return fail({.code = ErrorCode::forbidden,
               .message = std::format(
                   "Pages of {} may not use this server. Add that origin to server.allowed_origins to allow it.",
                   origin.substr(0, 128)),
               .reason = "origin_not_allowed"});
}

std::optional<std::string> cors_origin(const net::Request& request, const AccessRules& rules) {
  std::string_view origin = request.headers.get("origin");
  if (origin.empty() || !listed(origin, rules)) return std::nullopt;
  return std::string(origin);
}

Result<> check_page_header(const net::Request& request) {
  if (request.method == "GET" || request.method == "HEAD" || !request.headers.get("x-entente-page").empty()) return {};
  return fail(
      {.code = ErrorCode::forbidden,
       .message = "A request signed in by cookie must carry the header X-Entente-Page. Programs use a key instead.",
       .reason = "page_header_missing"});
}

std::optional<Presented> presented_secret(const net::Request& request) {
  std::string_view authorization = request.headers.get("authorization");
  if (to_lower(authorization.substr(0, 7)) == "bearer ") {
    std::string_view secret = authorization.substr(7);
    secret.remove_prefix(std::min(secret.find_first_not_of(' '), secret.size()));
    return Presented{std::string(secret), false};
  }
  for (std::string_view name : {"x-api-key", "api-key"}) {
    if (auto value = request.headers.get(name); !value.empty()) return Presented{std::string(value), false};
  }
  std::string_view cookies = request.headers.get("cookie");
  while (!cookies.empty()) {
    std::string_view cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookie.size() + 1, cookies.size()));
    cookie.remove_prefix(std::min(cookie.find_first_not_of(' '), cookie.size()));
    auto equals = cookie.find('=');
    if (equals != std::string_view::npos && cookie.substr(0, equals) == session_cookie) {
      return Presented{std::string(cookie.substr(equals + 1)), true};
    }
  }
  return std::nullopt;
}

}  // namespace entente::api
