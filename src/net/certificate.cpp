#include "net/certificate.hpp"

#include <ctime>
#include <format>
#include <memory>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "net/tls.hpp"

namespace entente::net {

namespace {

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Instant(std::chrono::seconds(timegm(&parts)));
}

std::string name_of(const X509_NAME* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<CertificateInfo> inspect_certificate(const TlsFiles& files) {
  TRY_ASSIGN(auto context, load_tls(files));
  const X509* certificate = SSL_CTX_get0_certificate(context->native_handle());
  if (!certificate) {
    return fail(ErrorCode::unavailable, std::format("{} holds no certificate.", files.certificate.string()));
  }
  return CertificateInfo{.subject = name_of(X509_get_subject_name(certificate)),
                         .not_before = instant_of(X509_get0_notBefore(certificate)),
                         .not_after = instant_of(X509_get0_notAfter(certificate))};
}

}  // namespace entente::net
