// HTTP as the rooms above see it: a request whose head is read, and an Exchange to read its body from and answer
// through.
//
// The server calls the handler once per request, when the head is complete and passed all limits; the handler runs on
// the connection's thread and answers exactly once: reply(), or begin() write()* finish(). If it answers nothing or
// fails after begin(), the connection is closed so that the client sees the cut. When the client leaves, whatever the
// handler awaits ends with ErrorCode::cancelled; the handler may `co_await shield()` and settle.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace entente::net {

// Header fields in order; names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces all of that name
  void remove(std::string_view name);
  std::string_view get(std::string_view name) const;  // the first, empty when absent
  bool contains(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, without base path and query: "/v1/models"
  std::string query;   // behind the '?', as sent; query_value() reads it
  std::string folder;  // only when the base path came without the slash behind it: with that slash, "/entente/"
  Headers headers;
  std::string client;          // the client's address: the peer's, or what trusted proxies say
  bool secure = false;         // TLS here, or at a trusted proxy
  bool local_socket = false;   // came over a Unix socket
  std::uint32_t listener = 0;  // which of ServerOptions::listen it came to

  // Decoded; empty where the query does not say it, or not well.
  std::string query_value(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  Headers headers;
  std::string body;
};

class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;

  // The whole body. too_large past the limit, timeout when it comes too slowly. Called at most once.
  [[nodiscard]] virtual Task<std::string> read_body() = 0;

  [[nodiscard]] virtual Task<> reply(Response response) = 0;

  // A body of unknown length. write() returns when the piece is handed to the system: a slow client makes it wait, up
  // to the write timeout. Pieces are sent at once, never gathered.
  [[nodiscard]] virtual Task<> begin(unsigned status, Headers headers) = 0;
  [[nodiscard]] virtual Task<> write(std::string_view piece) = 0;
  // `last`: a last piece, which goes together with the end when the handler returns.
  [[nodiscard]] virtual Task<> finish(std::string_view last = {}) = 0;
  // After begin(): what is written by itself each time nothing has been for Limits::quiet_time, so that nobody on the
  // way takes the connection for a dead one. It must make sense between any two pieces. `piece` is called on the
  // connection's thread just before what it gives is written, until finish() or the handler's return; null: silence
  // says nothing.
  using QuietPiece = std::function<std::string()>;
  virtual void when_quiet(QuietPiece piece) = 0;

  virtual bool begun() const = 0;  // something of the answer has been sent
};

using Handler = std::function<Task<>(Exchange&)>;

// Turns a failure of HTTP itself (head too large, time ran out, bad framing) into a reply in the API's own shape.
using Refusal = std::function<Response(const Error&)>;

}  // namespace entente::net
