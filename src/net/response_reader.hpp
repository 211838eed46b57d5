// ResponseReader: the bytes of one connection become one response, without any I/O: the reading half of Upstream.
//
// Read from the socket into room(), say how many came(); read_head() says whether the head is whole, read_body() gives
// what of the body has come. The outcome does not depend on how the bytes were cut into pieces. Informational responses
// (1xx) are passed over. One task.
//
// Failures are upstream_failed with a reason: "not_http", "connection_cut".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace entente::net {

class ResponseReader {
 public:
  ResponseReader();
  ~ResponseReader();

  std::span<char> room();
  void came(std::size_t count);
  bool nothing_came() const { return nothing_came_; }

  Result<bool> read_head();
  unsigned status() const;
  const Headers& headers() const { return headers_; }

  // What has come of the body and was not given yet; empty when more must come, or at the end. Valid until the next
  // call of anything here.
  Result<std::string_view> read_body();
  bool done() const;            // the body is whole
  bool can_go_on() const;       // …and the connection can take another request
  Result<> connection_ended();  // a body without an announced length is whole now; any other is cut

  void next();  // the response is done with

 private:
  struct Parsing;
  std::unique_ptr<Parsing> parsing_;
  Headers headers_;
  std::string in_;                 // has room at its end
  std::size_t from_ = 0, to_ = 0;  // of in_: come and not yet consumed
  std::string out_;                // a piece of the body
  bool nothing_came_ = true;
};

}  // namespace entente::net
