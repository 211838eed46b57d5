// Signature Version 4: how requests to Amazon's services prove who sends them. Pure; the time comes in. Reference: AWS
// General Reference, "Signature Version 4 signing process".
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/upstream.hpp"

namespace entente::providers {

struct AwsCredentials {
  std::string access_key_id, secret_access_key;
  std::string session_token;  // of temporary credentials; else empty
};

struct AwsScope {
  std::string_view host, base_path;  // as the upstream sends them
  std::string_view region, service;
};

// Adds x-amz-date, x-amz-security-token where there is one, and authorization. The target's path is encoded already.
void sign(net::UpstreamRequest& request, const AwsCredentials& credentials, const AwsScope& scope, Instant now);

}  // namespace entente::providers
