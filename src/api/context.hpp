// Context: one request on its way through a route: its exchange, its id, who asks, and replies with the headers that
// every answer carries. Lives as long as the handler runs; one task.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/crypto.hpp"
#include "domain/principal.hpp"
#include "net/http.hpp"

namespace entente::api {

class Context {
 public:
  Context(net::Exchange& exchange, std::string id, std::string trace, net::Headers common)
      : exchange_(exchange), id_(std::move(id)), trace_(std::move(trace)), common_(std::move(common)) {}

  const net::Request& request() const { return exchange_.request(); }
  const std::string& id() const { return id_; }        // "req_…", sent as x-request-id
  const std::string& trace() const { return trace_; }  // W3C traceparent of this request's span

  // Set by authentication, before a route that needs a key runs.
  Principal principal;
  std::string session_secret;  // when the page's cookie opened the door
  std::string model_in_path;   // where the dialect names it there

  unsigned status() const { return status_; }

  Task<> reply(net::Response response);
  // `media_type`: "text/event-stream"; `quiet`: what is said while nothing comes (net/http.hpp).
  Task<> begin_stream(std::string_view media_type, net::Headers headers, net::Exchange::QuietPiece quiet = {});
  void stop_saying_when_quiet() { exchange_.when_quiet(nullptr); }
  Task<> write(std::string_view piece) { return exchange_.write(piece); }
  Task<> finish(std::string_view last = {}) { return exchange_.finish(last); }
  Task<std::string> read_json_body();                                        // checks the content type first
  Task<std::string> read_body();                                             // whatever its type
  const std::optional<Digest>& body_digest() const { return body_digest_; }  // SHA-256 of what those read
  bool begun() const { return exchange_.begun(); }

 private:
  void add_common(net::Headers& headers) const;

  net::Exchange& exchange_;
  const std::string id_;
  const std::string trace_;
  const net::Headers common_;  // x-request-id, traceparent, CORS
  std::optional<Digest> body_digest_;
  unsigned status_ = 0;
};

}  // namespace entente::api
