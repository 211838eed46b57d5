#include "net/client_tls.hpp"

#include <format>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::net {
namespace ssl = boost::asio::ssl;

namespace {

std::string in_one_line(const X509_NAME* name) {
  BIO* out = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(out, &text);
  std::string line(text, static_cast<std::size_t>(std::max(0L, size)));
  BIO_free(out);
  return line;
}

// Asio keeps its own things in the connection's application data.
int keeper_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int keep_session(SSL* connection, SSL_SESSION* session) {
  auto* keeper = static_cast<TlsSession*>(SSL_get_ex_data(connection, keeper_index()));
  if (!keeper) return 0;
  keeper->set(session);
  return 1;  // the reference is ours now
}

}  // namespace

void TlsSession::set(SSL_SESSION* session) {
  if (session_) SSL_SESSION_free(session_);
  session_ = session;
}

Result<std::shared_ptr<ssl::context>> client_tls_context(const UpstreamOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no buffers
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(native, keep_session);
  constexpr unsigned char http_1_1[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(native, http_1_1, sizeof http_1_1 - 1);
  context->set_verify_mode(ssl::verify_peer);
  boost::system::error_code failure;
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(failure);
  } else {
    context->load_verify_file(options.ca_file.string(), failure);
  }
  if (failure) {
    return fail(ErrorCode::invalid_request,
                std::format("The authorities in {} cannot be used: {}.", options.ca_file.string(), failure.message()));
  }
  if (options.client_certificate.empty()) return context;
  context->use_certificate_chain_file(options.client_certificate.string(), failure);
  if (!failure) context->use_private_key_file(options.client_key.string(), ssl::context::pem, failure);
  if (failure) {
    return fail(ErrorCode::invalid_request,
                std::format("The client certificate {} with the key {} cannot be used: {}.",
                            options.client_certificate.string(), options.client_key.string(), failure.message()));
  }
  return context;
}

void remember_sessions_in(SSL* connection, TlsSession& session) {
  SSL_set_ex_data(connection, keeper_index(), &session);
}

void add_identity(SSL* connection, PeerIdentity& identity) {
  identity.tls = SSL_get_version(connection);
  X509* certificate = SSL_get0_peer_certificate(connection);
  if (!certificate) return;
  identity.subject = in_one_line(X509_get_subject_name(certificate));
  identity.issuer = in_one_line(X509_get_issuer_name(certificate));
  unsigned char* der = nullptr;
  if (int size = i2d_X509(certificate, &der); size > 0) {
    Digest digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    identity.sha256 = to_hex(digest);
    OPENSSL_free(der);
  }
  der = nullptr;
  if (int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der); size > 0) {
    Digest digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    identity.spki = to_base64(digest);
    OPENSSL_free(der);
  }
}

}  // namespace entente::net
