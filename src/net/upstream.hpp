// Upstream: one provider's endpoint as a gateway calls it: requests out, answers in as they come.
//
// Connections are kept alive and used again. Each network thread has its own idle ones (they live in its io_context),
// so no lock is shared on the way of a request; TLS sessions are resumed. An answer is read piece by piece, when it is
// asked for: a reader that does not read makes the provider wait. Destroying a reply before its end closes its
// connection at once, and so does cancelling the task that reads it: the provider sees the client leave.
//
// Every wait has a limit. A request is never sent twice by this class: a kept connection that turns out to be closed
// fails with reason "stale_connection" and whoever decides about attempts decides about another.
//
// Errors and reasons: upstream_failed with connect_failed, tls_failed, stale_connection, connection_cut, not_http;
// timeout with connect_timeout, headers_timeout, or what next_piece() was given; cancelled. A status of failure is no
// Error. HTTP/1.1. HTTPS_PROXY, http_proxy and NO_PROXY are followed, as in client.hpp. Addresses may be private: they
// come from the configuration.
//
// send() on any network thread, many at once; an UpstreamReply belongs to one task.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace entente::net {

struct UpstreamOptions {
  std::string endpoint;           // "https://api.example.org/v1"; its path stands before each target
  std::filesystem::path ca_file;  // PEM; empty: the system's authorities
  std::filesystem::path client_certificate, client_key;  // PEM; both or neither
  std::chrono::milliseconds connect_time{10'000};        // name, address and TLS, each
  std::chrono::milliseconds headers_time{60'000};        // from the request's last byte to the end of the answer's head
  std::chrono::milliseconds idle_time{55'000};           // a connection that rested longer is not used again
  std::size_t most_idle = 64;                            // connections that rest, a thread
};

struct UpstreamRequest {
  std::string method = "POST";
  std::string target;  // "/chat/completions", behind the endpoint's path
  Headers headers;     // without Host and Content-Length
  std::string body;
  std::shared_ptr<const struct PeerIdentity>* sent_to = nullptr;  // set before the first byte is sent
};

// Who is at the other end, as its certificate says: for the record of where a prompt went. Without TLS the address and
// the name are all that is known.
struct PeerIdentity {
  std::string address;          // "192.0.2.7:443": a proxy's where one stands between
  std::string name;             // the host that was asked for, which the certificate is for
  std::string subject, issuer;  // one line, RFC 2253
  std::string sha256;           // of the certificate, hexadecimal
  std::string spki;             // SHA-256 of its public key (SubjectPublicKeyInfo), base64
  std::string tls;              // "TLSv1.3"
};

class UpstreamReply {
 public:
  virtual ~UpstreamReply() = default;  // gives a connection whose answer is whole back, closes any other
  virtual unsigned status() const = 0;
  virtual const Headers& headers() const = 0;
  // The next bytes of the body, empty at its end; valid until the next call. An answer that is cut is an Error, never a
  // clean end. When nothing comes until `until`: timeout with this reason.
  [[nodiscard]] virtual Task<std::string_view> next_piece(std::chrono::steady_clock::time_point until,
                                                          std::string_view reason) = 0;
  // The same of what has come already, without waiting; empty: nothing is at hand.
  virtual Result<std::string_view> piece_at_hand() = 0;
  virtual bool whole() const = 0;  // nothing of the body is still to come
  virtual std::shared_ptr<const PeerIdentity> peer() const = 0;
};

class Upstream {
 public:
  static Result<std::shared_ptr<Upstream>> create(UpstreamOptions options);
  virtual ~Upstream() = default;
  [[nodiscard]] virtual Task<std::unique_ptr<UpstreamReply>> send(UpstreamRequest request) = 0;
  virtual const std::string& host() const = 0;         // "api.example.org", for messages
  virtual const std::string& host_header() const = 0;  // as the Host field says it: for signatures
  virtual const std::string& base_path() const = 0;    // "/v1": what stands before each target
};

// The whole body of an answer that has a small one: too_large beyond.
[[nodiscard]] Task<std::string> read_small_body(UpstreamReply& reply, std::size_t most_bytes,
                                                std::chrono::milliseconds limit);

}  // namespace entente::net
