#include "providers/signature_v4.hpp"

#include <format>
#include <map>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "net/client.hpp"

namespace entente::providers {

namespace {

// Every segment is encoded once more than it is sent.
std::string canonical_path(std::string_view path) {
  std::string out;
  while (true) {
    auto slash = path.find('/');
    out += net::encode_segment(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

void sign(net::UpstreamRequest& request, const AwsCredentials& credentials, const AwsScope& scope, Instant now) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  std::string stamp = std::format("{:%Y%m%dT%H%M%S}Z", seconds);
  std::string day = stamp.substr(0, 8);
  request.headers.set("x-amz-date", stamp);
  if (!credentials.session_token.empty()) request.headers.set("x-amz-security-token", credentials.session_token);

  std::map<std::string, std::string> headers{{"host", std::string(scope.host)}};
  for (const auto& [name, value] : request.headers) headers[to_lower(name)] = trim(value);
  std::string canonical_headers, signed_names;
  for (const auto& [name, value] : headers) {
    canonical_headers += name + ":" + value + "\n";
    signed_names += (signed_names.empty() ? "" : ";") + name;
  }
  std::string path = std::string(scope.base_path) + request.target;
  std::string canonical = std::format("{}\n{}\n\n{}\n{}\n{}", request.method, canonical_path(path), canonical_headers,
                                      signed_names, to_hex(sha256(request.body)));
  std::string credential_scope = std::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  std::string to_sign = std::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, credential_scope, to_hex(sha256(canonical)));

  Digest key = hmac_sha256("AWS4" + credentials.secret_access_key, day);
  for (std::string_view part : {scope.region, scope.service, std::string_view("aws4_request")})
    key = hmac_sha256(as_text(key), part);
  request.headers.set("authorization", std::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                                   credentials.access_key_id, credential_scope, signed_names,
                                                   to_hex(hmac_sha256(as_text(key), to_sign))));
}

}  // namespace entente::providers
