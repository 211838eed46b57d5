// Reaching another server: name to address, proxies from the environment, tunnels through them, and what failed in
// words. For the .cpp files of this room; the ways out of it are client.hpp (fetches) and upstream.hpp (providers).
//
// One task on one thread. Every step has a limit of its own. A cancelled task gets ErrorCode::cancelled.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/client.hpp"

namespace entente::net {

inline auto within(std::chrono::milliseconds time) {
  return boost::asio::cancel_after(time, boost::asio::as_tuple(boost::asio::use_awaitable));
}

// Whether whoever awaits has been cancelled. A signal given between two operations ends neither of them, so this is
// asked before one begins.
boost::asio::awaitable<bool> asker_left();
Error asker_left_error();

// A failed operation in words. Our own time limit and the reader's leaving both end an operation as aborted.
boost::asio::awaitable<Error> describe(boost::system::error_code failure, std::string_view host);

// The proxy for this URL, if HTTPS_PROXY or http_proxy names one and NO_PROXY does not except the host.
std::optional<std::string> proxy_for(const Url& url);

// A connected socket. `only_public`: the very address connected to must be one that anybody could reach.
Task<boost::asio::ip::tcp::socket> connect_to(const Url& url, std::chrono::milliseconds limit, bool only_public);

// Asks an HTTP proxy for a tunnel to the host.
Task<> open_tunnel(boost::asio::ip::tcp::socket& socket, const Url& url, std::chrono::milliseconds limit);

// "host", "host:8443", "[::1]:8080": without the scheme's usual port.
std::string host_field(const Url& url);

}  // namespace entente::net
