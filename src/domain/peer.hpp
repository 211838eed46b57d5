// Peer: the other end of the connection that work was sent over, as it showed itself: for the record of where a prompt
// went. A value.
#pragma once

#include <string>

namespace entente {

struct Peer {
  std::string address;  // "192.0.2.7:443"; the proxy's, where one stands between
  std::string name;     // what it was asked for as, and what its certificate was checked to say: "api.example.org"
  std::string spki;     // SHA-256 of its public key (SubjectPublicKeyInfo), base64; empty without TLS
  std::string tls;      // "TLSv1.3"; empty without
};

}  // namespace entente
