// The server's side of TLS: a context from certificate and key files. TLS 1.2 at least, session tickets on, ALPN
// http/1.1.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "net/server.hpp"

namespace entente::net {

Result<std::shared_ptr<boost::asio::ssl::context>> load_tls(const TlsFiles& files);

}  // namespace entente::net
