// Where a server listens, from its written form: "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (every
// address), "unix:/run/entente.sock". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::net {

struct ListenAddress {
  std::string host;         // an IP address; empty for a Unix socket
  std::uint16_t port = 0;   // 0: any free one
  std::string socket_path;  // of a Unix socket

  bool is_loopback() const;
};

Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace entente::net
