// One connection from accept to close, and what all connections of a server share. Private to net/.
//
// A connection is one coroutine on its shard's thread: read a head, check it, run the handler, write the answer, again.
// While a handler runs that has not answered at once, the socket is watched: a client that closes its side has left
// (also by half-closing: HTTP clients that still want the answer do not), and the handler's task is cancelled. No timer
// is armed per operation: each connection states its deadline and the shard looks at all of them four times a second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/forwarded.hpp"
#include "net/server.hpp"

namespace entente::net {

using Socket = boost::asio::generic::stream_protocol::socket;

// The shard's view of a connection.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void look_at_deadline(std::chrono::steady_clock::time_point now) = 0;
  virtual void begin_drain() = 0;  // close when idle, else after the running exchange
  virtual void cut() = 0;          // now: the handler is cancelled
};

// What a connection needs of the server: constant while it runs.
struct ServerShared {
  ServerOptions options;
  TrustedProxies trusted;
  Handler handler;
  Refusal refusal;
  std::atomic<std::uint64_t> open = 0;
  std::atomic<bool> draining = false;
};

// One thread's share of the connections. Everything in it is touched by that thread only, but for `io`.
struct Shard {
  boost::asio::io_context io{1};
  std::unordered_set<Connection*> connections;
  std::chrono::steady_clock::time_point looked;  // at the deadlines, the last time
  std::string date;                              // "Mon, 23 Nov 2026 08:13:59 GMT", renewed once a second
};

struct Peer {
  std::string address;  // "127.0.0.1"; "" for a Unix socket
  bool local_socket = false;
  std::uint32_t listener = 0;  // which of ServerOptions::listen it came to
};

// Runs until the connection is closed. `tls` is null for plain connections.
void start_connection(Shard& shard, std::shared_ptr<ServerShared> shared, Socket socket, Peer peer,
                      std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace entente::net
