#include "net/outgoing.hpp"

#include <algorithm>
#include <cstdlib>
#include <format>

#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace entente::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

Error asker_left_error() { return {.code = ErrorCode::cancelled, .message = "Whoever asked has left."}; }

asio::awaitable<bool> asker_left() {
  co_return (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
}

asio::awaitable<Error> describe(error_code failure, std::string_view host) {
  if (failure == asio::error::operation_aborted) {
    if (co_await asker_left()) co_return asker_left_error();
    co_return Error{.code = ErrorCode::timeout, .message = std::format("{} did not answer in time.", host)};
  }
  co_return Error{.code = ErrorCode::upstream_failed,
                  .message = std::format("{} cannot be reached: {}.", host, failure.message())};
}

namespace {
std::string environment(const char* upper, const char* lower) {
  for (const char* name : {lower, upper}) {
    if (const char* value = std::getenv(name); value && *value) return value;
  }
  return {};
}
}  // namespace

std::optional<std::string> proxy_for(const Url& url) {
  std::string proxy = url.tls ? environment("HTTPS_PROXY", "https_proxy") : environment("", "http_proxy");
  if (proxy.empty() || url.host == "localhost" || url.host.starts_with("127.") || url.host == "::1")
    return std::nullopt;
  std::string exceptions = environment("NO_PROXY", "no_proxy");
  for (std::string_view rest = exceptions; !rest.empty();) {
    std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    while (entry.starts_with(' ')) entry.remove_prefix(1);
    while (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry == "*" || url.host == entry || (!entry.empty() && url.host.ends_with("." + std::string(entry))))
      return std::nullopt;
  }
  return proxy.contains("://") ? proxy : "http://" + proxy;
}

Task<tcp::socket> connect_to(const Url& url, std::chrono::milliseconds limit, bool only_public) {
  if (co_await asker_left()) co_return fail(asker_left_error());
  auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  auto [unresolved, found] = co_await resolver.async_resolve(url.host, url.port, within(limit));
  if (unresolved) co_return fail(co_await describe(unresolved, url.host));
  error_code last = asio::error::host_not_found;
  bool only_private = true;
  for (const auto& entry : found) {
    if (only_public && !is_public_address(entry.endpoint().address().to_string())) continue;
    only_private = false;
    tcp::socket socket(executor);
    auto [failure] = co_await socket.async_connect(entry.endpoint(), within(limit));
    if (!failure) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      co_return socket;
    }
    last = failure;
    if (co_await asker_left()) co_return fail(asker_left_error());
  }
  if (only_private && only_public) {
    co_return fail(
        {.code = ErrorCode::forbidden,
         .message = std::format(
             "{} leads into a private network, where nothing is fetched from unless it is allowed by name.", url.host),
         .reason = "private_address"});
  }
  co_return fail(co_await describe(last, url.host));
}

Task<> open_tunnel(tcp::socket& socket, const Url& url, std::chrono::milliseconds limit) {
  std::string where = std::format("{}:{}", url.host.contains(':') ? "[" + url.host + "]" : url.host, url.port);
  http::request<http::empty_body> request(http::verb::connect, where, 11);
  request.set(http::field::host, where);
  auto [unsent, count] = co_await http::async_write(socket, request, within(limit));
  if (unsent) co_return fail(co_await describe(unsent, "The proxy"));
  boost::beast::flat_buffer buffer;
  http::response_parser<http::empty_body> parser;
  parser.skip(true);
  auto [failure, read] = co_await http::async_read_header(socket, buffer, parser, within(limit));
  if (failure) co_return fail(co_await describe(failure, "The proxy"));
  if (parser.get().result() != http::status::ok) {
    co_return fail(ErrorCode::upstream_failed,
                   std::format("The proxy refused a way to {} ({}).", where, parser.get().result_int()));
  }
  co_return Result<>{};
}

std::string host_field(const Url& url) {
  std::string host = url.host.contains(':') ? "[" + url.host + "]" : url.host;
  bool usual_port = url.port == (url.tls ? "443" : "80");
  return usual_port ? host : host + ":" + url.port;
}

}  // namespace entente::net
