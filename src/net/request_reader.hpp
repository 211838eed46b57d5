// RequestReader: the bytes of one connection become requests, without any I/O.
//
// Whatever came from the socket is put in; read_head() and read_body() say whether the next part is whole, needs more
// bytes, or can never become a request. The outcome does not depend on how the bytes were cut into pieces. What follows
// a request (pipelining) stays and is read after next(). Not thread-safe: the connection's own thread.
//
// Failures are those of HTTP itself, with the reasons that api/ turns into a status: bad_request, headers_too_large,
// and too_large for a body. After one, the connection cannot go on: where the next request would begin is unknown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/server.hpp"

namespace entente::net {

struct RequestHead {
  std::string method;
  std::string target;  // as sent
  Headers headers;
  bool version_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);  // which must outlive it
  ~RequestReader();

  // Bytes from the socket: read into room(), then say how many came().
  std::span<char> room();
  void came(std::size_t count);
  void append(std::string_view bytes);
  std::size_t buffered() const { return in_.size(); }
  bool begins_with(std::string_view text) const { return in_.starts_with(text); }

  // The next request's head; nothing while more must come.
  Result<std::optional<RequestHead>> read_head();

  // Whether a body is announced and not read to its end, and how long its head says it is (nothing: chunked).
  bool body_pending() const;
  std::optional<std::uint64_t> announced_bytes() const;

  // Takes the body out of what came: true when it is whole. `most_bytes` is fixed by the first call for a request.
  Result<bool> read_body(std::uint64_t most_bytes);
  std::string take_body();

  // The request is done with. Gives memory back when nothing waits.
  void next();

 private:
  struct Parsing;
  Result<RequestHead> parse(std::string_view head);

  const Limits& limits_;
  std::string in_;             // come and not yet consumed
  std::size_t searched_ = 0;   // of in_: no end of a head begins before here
  std::size_t room_from_ = 0;  // where room() begins
  std::size_t room_;           // how long it is
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace entente::net
