// Amazon's own test suite for the algorithm ("get-vanilla", "post-vanilla").
#include "providers/signature_v4.hpp"

#include <gtest/gtest.h>

namespace entente::providers {
namespace {

constexpr AwsScope scope{.host = "example.amazonaws.com", .base_path = "", .region = "us-east-1", .service = "service"};
const AwsCredentials credentials{.access_key_id = "AKIDEXAMPLE",
                                 .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                 .session_token = {}};
const Instant then = Instant(std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) + std::chrono::hours(12) +
                             std::chrono::minutes(36));

std::string signature(net::UpstreamRequest request) {
  sign(request, credentials, scope, then);
  std::string_view all = request.headers.get("authorization");
  return std::string(all.substr(all.find("Signature=") + 10));
}

TEST(SignatureV4, IsThatOfAmazonsTestSuite) {
  EXPECT_EQ(signature({.method = "GET", .target = "/", .headers = {}, .body = {}}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature({.method = "POST", .target = "/", .headers = {}, .body = {}}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

}  // namespace
}  // namespace entente::providers
