// Server: listens, reads requests under limits, and hands each to the Handler. One io_context per thread; a connection
// lives on one of them from accept to close.
//
// Half-sent requests cost a coroutine and nothing else: they delay nobody and end when their time is over. Connections
// are HTTP/1.1 with keep-alive; an idle one is closed only after a `Connection: close` was announced on its last answer
// or when nothing of a next request has arrived, so no request is lost to a race that we could avoid.
//
// start(), drain() and reload_certificates() are called from the main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace entente::net {

struct TlsFiles {
  std::filesystem::path certificate;  // PEM, the chain
  std::filesystem::path key;          // PEM
};

struct Limits {
  std::size_t head_bytes = 32 * 1024;         // request line and header fields: 431 beyond
  std::size_t body_bytes = 32 * 1024 * 1024;  // 413 beyond
  std::uint32_t connections = 10'000;
  std::chrono::milliseconds head_time{10'000};   // from the first byte to the end of the head
  std::chrono::milliseconds body_time{60'000};   // for the whole body
  std::chrono::milliseconds idle_time{75'000};   // between requests
  std::chrono::milliseconds write_time{30'000};  // a client that takes nothing for so long is cut
  std::chrono::milliseconds quiet_time{15'000};  // a stream that stands still says that it lives; 0: never
};

struct ServerOptions {
  std::vector<std::string>
      listen;                   // "127.0.0.1:8080", "[::1]:8080", "unix:/run/entente/entente.sock"; port 0: any free
  std::optional<TlsFiles> tls;  // for the TCP listeners
  std::vector<std::string> trusted_proxies;  // addresses or CIDR blocks whose X-Forwarded-For and -Proto are believed
  std::string base_path;                     // "/entente": stripped from paths; others are 404
  Limits limits;
  std::uint32_t threads = 0;  // 0: one per core
};

class Server {
 public:
  // Binds every address before the first request is read, or fails as a whole.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler, Refusal refusal);
  virtual ~Server() = default;

  // What it listens on, with real port numbers, as URLs: "http://127.0.0.1:8080", "unix:/run/…".
  virtual std::vector<std::string> addresses() const = 0;

  // Reads certificate and key again; new connections use them. On failure the old ones stay.
  virtual Result<> reload_certificates() = 0;

  // Stops listening, lets running exchanges end, closes idle connections; what still runs after `limit` is cancelled
  // and joined. Returns when no task is left.
  virtual void drain(std::chrono::milliseconds limit) = 0;

  virtual std::uint64_t open_connections() const = 0;
};

// Whether a server could listen there now; conflict when somebody else does.
Result<> can_listen(const std::string& address);

}  // namespace entente::net
