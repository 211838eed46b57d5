// Access: which web pages and which names may reach this server, and who stands behind a request.
//
// A page on another site must not be able to use a server on the reader's own machine. So: the Host header must name a
// loopback address or a configured host (DNS rebinding); an Origin must be the server's own or a listed one; a request
// that is signed in by cookie and changes something must carry X-Entente-Page, a header no form can send (a preflight
// would be needed, which only listed origins get). Requests over a Unix socket skip the Host check. Pure functions of
// the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace entente::api {

struct AccessRules {
  std::vector<std::string> hosts;    // beside the loopback names, without port: "ai.example.org"
  std::vector<std::string> origins;  // beside the server's own: "https://intranet.example.org"
};

// The name in a Host header without its port, in lower case, without brackets.
std::string host_name(std::string_view host_header);

Result<> check_host(const net::Request& request, const AccessRules& rules);
Result<> check_origin(const net::Request& request, const AccessRules& rules);

// The origin to echo in Access-Control-Allow-Origin: only a listed one.
std::optional<std::string> cors_origin(const net::Request& request, const AccessRules& rules);

// For a request whose only credential is a cookie.
Result<> check_page_header(const net::Request& request);

// Where the secret came from: a header every SDK can send, or the page's cookie.
struct Presented {
  std::string secret;
  bool by_cookie = false;
};
inline constexpr std::string_view session_cookie = "entente_session";
std::optional<Presented> presented_secret(const net::Request& request);

}  // namespace entente::api
