// Fetching over HTTP: model files, traces, and the command line's own questions to a server.
//
//   auto answer = co_await fetch({.url = "https://…"}, {});
//   while (auto piece = co_await answer->next_piece()) …      // one piece at a time: nothing is gathered
//
// http and https (the system's authorities, host name checked), redirects (never from https to http; credentials stay
// with the first host), a proxy from HTTPS_PROXY/HTTP_PROXY with NO_PROXY, bounds on time and size. Unless
// `allow_private`, the very address that is connected to must be a public one, so that nobody can make us reach into
// the network we stand in. Through a proxy the proxy resolves names, and it is the proxy's rules that hold.
//
// A Fetched belongs to one task on one thread. Errors: invalid_request for a URL that cannot be, forbidden for a
// private address, upstream_failed, timeout, too_large, cancelled. An HTTP status of failure is not an Error: look at
// status().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/http.hpp"

namespace entente::net {

struct FetchRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
};

struct FetchOptions {
  bool allow_private = false;
  std::chrono::milliseconds connect_time{10'000};
  std::chrono::milliseconds idle_time{60'000};  // without a byte
  std::uint64_t most_bytes = UINT64_MAX;        // of the answer's body
  int redirects = 5;
};

class Fetched {
 public:
  virtual ~Fetched() = default;  // closes the connection
  virtual unsigned status() const = 0;
  virtual const Headers& headers() const = 0;
  virtual const std::string& url() const = 0;  // after redirects
  // The next bytes of the body; nothing at its end. An answer that is cut is upstream_failed, never a clean end.
  [[nodiscard]] virtual Task<std::optional<std::string>> next_piece() = 0;
};

[[nodiscard]] Task<std::unique_ptr<Fetched>> fetch(FetchRequest request, FetchOptions options);

// The whole body of an answer that has a small one.
[[nodiscard]] Task<std::string> read_all(Fetched& fetched);

// "https://host:8443/path?query" taken apart.
struct Url {
  bool tls = false;
  std::string host;    // without brackets
  std::string port;    // always given
  std::string target;  // path and query
};
Result<Url> parse_url(std::string_view text);

// A segment of a path with everything encoded that is not unreserved (RFC 3986).
std::string encode_segment(std::string_view text);

// Whether an address is one that anybody on the Internet could reach: not loopback, private, link-local, shared,
// multicast, documentation or metadata.
bool is_public_address(const std::string& address);

}  // namespace entente::net
