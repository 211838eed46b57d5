// The client's side of TLS: a context that trusts the system's authorities or those of a file, may show a certificate
// of its own, and gives each new session to whoever made the connection. For the .cpp files of this room.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "net/upstream.hpp"

namespace entente::net {

// The latest session with one server, to be resumed. One thread.
class TlsSession {
 public:
  TlsSession() = default;
  ~TlsSession() { set(nullptr); }
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  void set(SSL_SESSION* session);  // takes it over
  SSL_SESSION* get() const { return session_; }

 private:
  SSL_SESSION* session_ = nullptr;
};

Result<std::shared_ptr<boost::asio::ssl::context>> client_tls_context(const UpstreamOptions& options);

// Where this connection's new sessions go; it must outlive the connection.
void remember_sessions_in(SSL* connection, TlsSession& session);

void add_identity(SSL* connection, PeerIdentity& identity);

}  // namespace entente::net
