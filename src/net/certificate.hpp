// What can be said of the server's certificate before anybody connects: whether files and key fit, and until when it is
// good. For `entente doctor`. Blocking, any thread.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "net/server.hpp"

namespace entente::net {

struct CertificateInfo {
  std::string subject;  // "CN=ai.example.org"
  Instant not_before{}, not_after{};
};

// Reads both files as a server would. Errors are unavailable, with a sentence that names the file at fault.
Result<CertificateInfo> inspect_certificate(const TlsFiles& files);

}  // namespace entente::net
