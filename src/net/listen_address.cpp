#include "net/listen_address.hpp"

#include <charconv>
#include <format>

#include <boost/asio/ip/address.hpp>

namespace entente::net {

bool ListenAddress::is_loopback() const {
  return !socket_path.empty() || boost::asio::ip::make_address(host).is_loopback();
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  auto wrong = [&](std::string_view why) {
    return fail(
        ErrorCode::invalid_request,
        std::format("'{}' is no address to listen on: {}. Write 127.0.0.1:8080, [::1]:8080 or unix:/path/to.sock.",
                    text, why));
  };
  if (text.starts_with("unix:")) {
    std::string_view path = text.substr(5);
    if (!path.starts_with('/')) return wrong("the path must begin with /");
    if (path.size() > 107) return wrong("a Unix socket's path has at most 107 bytes");
    return ListenAddress{.host = {}, .port = 0, .socket_path = std::string(path)};
  }
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("the port is missing");
  std::string_view host = text.substr(0, colon), port_text = text.substr(colon + 1);
  ListenAddress out;
  auto [end, failure] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), out.port);
  if (failure != std::errc() || end != port_text.data() + port_text.size())
    return wrong("the port is a number from 0 to 65535");
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  out.host = host == "localhost" ? "127.0.0.1" : host.empty() ? "::" : std::string(host);
  boost::system::error_code bad;
  boost::asio::ip::make_address(out.host, bad);
  if (bad) return wrong("the part before the port is no IP address");
  return out;
}

}  // namespace entente::net
