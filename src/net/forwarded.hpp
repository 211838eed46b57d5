// Who the client is when proxies stand between. A proxy's word counts only if the proxy is on the list of trusted ones;
// the client is then the last address in X-Forwarded-For that is not itself a trusted proxy (each proxy appends who it
// saw, so what stands left of that was written by the client and proves nothing). Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace entente::net {

class TrustedProxies {
 public:
  // Addresses or CIDR blocks: "10.0.0.7", "10.1.0.0/16", "fd00::/8"; "unix" trusts every Unix-socket peer.
  static Result<TrustedProxies> parse(std::span<const std::string> entries);

  bool contains(std::string_view address) const;
  bool trusts_unix() const { return unix_; }

 private:
  struct Block {
    std::vector<unsigned char> bytes;
    unsigned bits = 0;
  };
  std::vector<Block> blocks_;
  bool unix_ = false;
};

// Fills `client` and `secure` from what the peer is and, if it is trusted, from what it says.
void apply_forwarding(Request& request, const TrustedProxies& trusted);

}  // namespace entente::net
