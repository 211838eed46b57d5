#include <algorithm>
#include <charconv>
#include <format>
#include <iterator>

#include <boost/asio/ip/address.hpp>

#include "net/client.hpp"

namespace entente::net {

Result<Url> parse_url(std::string_view text) {
  auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::invalid_request,
                std::format("'{}' is no address to fetch from: {}.", text.substr(0, 200), why));
  };
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return wrong("it must begin with https:// or http://");
  }
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7F; }))
    return wrong("it holds a space or a control character");
  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  std::string_view rest = text.substr(authority.size());
  rest = rest.substr(0, rest.find('#'));
  url.target = rest.empty() || rest.front() == '?' ? "/" + std::string(rest) : std::string(rest);
  if (authority.contains('@')) return wrong("a name and password in it are not supported");
  url.port = url.tls ? "443" : "80";
  std::string_view port;
  if (authority.starts_with('[')) {
    auto end = authority.find(']');
    if (end == std::string_view::npos) return wrong("a bracket is not closed");
    url.host = authority.substr(1, end - 1);
    std::string_view behind = authority.substr(end + 1);
    if (!behind.empty() && behind.front() != ':') return wrong("something follows the bracket that is no port");
    if (!behind.empty()) port = behind.substr(1);
  } else {
    auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (!port.empty()) url.port = port;
  if (url.host.empty()) return wrong("the host is missing");
  unsigned number = 0;
  auto [end, failure] = std::from_chars(url.port.data(), url.port.data() + url.port.size(), number);
  if (failure != std::errc() || end != url.port.data() + url.port.size() || number == 0 || number > 65535) {
    return wrong("the port is no number from 1 to 65535");
  }
  return url;
}

bool is_public_address(const std::string& text) {
  boost::system::error_code bad;
  auto address = boost::asio::ip::make_address(text, bad);
  if (bad) return false;
  if (address.is_v6()) {
    auto v6 = address.to_v6();
    auto bytes = v6.to_bytes();
    // An IPv4 address in IPv6's clothes is judged as such when mapped, refused behind NAT64, Teredo and 6to4.
    if (v6.is_v4_mapped())
      return is_public_address(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string());
    unsigned first = bytes[0] << 8 | bytes[1], second = bytes[2] << 8 | bytes[3];
    bool global = (first & 0xE000) == 0x2000;             // 2000::/3 is all that has been given out; NAT64 lies outside
    bool protocols = first == 0x2001 && second < 0x0200;  // 2001::/23: Teredo, benchmarks, identifiers
    bool six_to_four = first == 0x2002;
    bool documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    return global && !protocols && !six_to_four && !documentation;
  }
  std::uint32_t a = address.to_v4().to_uint();
  struct Block {
    std::uint32_t base;
    int bits;
  };
  // IANA's special-purpose registry, without what is reachable.
  constexpr Block blocks[] = {{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
                              {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
                              {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};
  return std::ranges::none_of(
      blocks, [a](const Block& block) { return (a >> (32 - block.bits)) == (block.base >> (32 - block.bits)); });
}

std::string encode_segment(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == '.' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      std::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace entente::net
