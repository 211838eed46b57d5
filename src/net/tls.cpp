#include "net/tls.hpp"

#include <format>

namespace entente::net {
namespace ssl = boost::asio::ssl;

namespace {

// ALPN: the client offers protocols, we take http/1.1 or none.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  constexpr std::string_view ours = "http/1.1";
  for (unsigned at = 0; at < in_size;) {
    unsigned size = in[at];
    if (at + 1 + size > in_size) break;
    if (std::string_view(reinterpret_cast<const char*>(in + at + 1), size) == ours) {
      *out = in + at + 1;
      *out_size = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1 + size;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::shared_ptr<ssl::context>> load_tls(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code failure;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no buffers
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  context->use_certificate_chain_file(files.certificate.string(), failure);
  if (failure) {
    return fail(ErrorCode::unavailable,
                std::format("The certificate {} cannot be used: {}.", files.certificate.string(), failure.message()));
  }
  context->use_private_key_file(files.key.string(), ssl::context::pem, failure);
  if (failure) {
    return fail(ErrorCode::unavailable, std::format("The key {} cannot be used with the certificate {}: {}.",
                                                    files.key.string(), files.certificate.string(), failure.message()));
  }
  return context;
}

}  // namespace entente::net
