// The byte-exact vectors of ACI receipts (aci/1, spec/test-vectors.md of Dstack-TEE/private-ai-gateway, August 2026),
// an independent design of signed receipts: our canonical JSON and our signatures give the same bytes. The documents
// come with their members out of order and with spaces, as another encoder may write them.
#include <gtest/gtest.h>

#include "audit/forms/canonical_json.hpp"
#include "audit/keys/ed25519.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace entente::audit {
namespace {

std::string canonical(std::string_view json) {
  auto parsed = wire::parse_json(json);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *canonical_json(*parsed) : std::string();
}

std::string hash(std::string_view text) { return to_hex(sha256(text)); }

TEST(AciVectors, TheKeysetHasItsDigest) {
  EXPECT_EQ(hash(canonical(R"({
    "tls_public_keys": [{"spki_sha256": "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0",
                         "domain": "api.example.com"}],
    "subject": "dstack-app:\/\/example-app", "not_after": 1800000000,
    "receipt_signing_keys": [{"key_id": "receipt-1", "algo": "ed25519",
      "public_key": "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"}],
    "e2ee_public_keys": [{"public_key": "5dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef22",
      "key_id": "e2ee-1", "algo": "x25519-aes-256-gcm-hkdf-sha256"}]})")),
            "53a5cd44b30dcc51999754c719f2628a041f174ecbf9662a6f8e898a10cd9371");
}

TEST(AciVectors, TheStatementHasItsReportData) {
  std::string_view keyset =
      R"("keyset_digest":"sha256:53a5cd44b30dcc51999754c719f2628a041f174ecbf9662a6f8e898a10cd9371")";
  std::string_view nonce = R"("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")";
  auto statement = [&](std::string_view said) {
    return canonical("{\"purpose\":\"aci.report_data.v1\",\"nonce\":" + std::string(said) + "," + std::string(keyset) +
                     "}");
  };
  EXPECT_EQ(hash(statement(nonce)), "df2174d28130852b413646a3786927b93e94c11d770268b65def8bdba45cb49e");
  EXPECT_EQ(hash(statement("null")), "0633919ca3f00e97bafaa3304278eb22420cc3ff0d19f87dfca2d3f7508150bc");
}

TEST(AciVectors, TheSessionHasItsName) {
  EXPECT_EQ(hash(canonical(R"({"verifier_id":"example\u002f1","upstream_name":"demo-upstream","expires_at":1750003600,
    "evidence":{"digest":"sha256:80d70e44d0ae1e829fd5f37c3ee4a60dfbea8d3aa18407ea3f34cf7ec91da34d",
                "data":"data:text/plain;base64,ZXhhbXBsZS1ldmlkZW5jZQ=="},
    "established_at":1750000000,"endpoint":"https://upstream.example.com",
    "claims":{"tee_attested":{"status":"asserted","source":"hardware_proven","reason":"example quote verified"},
      "tcb_up_to_date":{"status":"unknown"},"serving_software_known_good":{"status":"unknown"},
      "os_known_good":{"status":"unknown"},"model_weights_provenance":{"status":"unknown"},
      "gpu_attested":{"status":"unknown"},"extra":{"tcb_status":"UpToDate","gpu_arch":"HOPPER"}},
    "channel_binding":[{"type":"tls_spki_sha256",
      "spki_sha256":"d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1",
      "origin":"https://upstream.example.com"}],"api_version":"aci/1"})")),
            "95ad1cb4dd25445808c2e9d116caf420b05703730b506395e8fc1ca6faeae28f");
}

TEST(AciVectors, TheReceiptHasItsSignature) {
  EXPECT_EQ(hash(R"({"messages":[{"content":"hi","role":"user"}],"model":"demo-model"})"),
            "94d809bf47380d8a2eab0eb6e126d4dda9364b0b4725cdf7ead52dd70b2aa87b");
  EXPECT_EQ(hash(R"({"choices":[],"id":"chatcmpl-123"})"),
            "dedfffe5b14d031b8e2c01996d021a15293cb7c63b56be7e4be9e89b6f0a5f61");
  std::string signed_part = canonical(R"({
    "workload_keyset_digest":"sha256:53a5cd44b30dcc51999754c719f2628a041f174ecbf9662a6f8e898a10cd9371",
    "served_at":1750000000,"receipt_id":"rcpt-0001","model":"demo-model","method":"POST","key_id":"receipt-1",
    "event_log":[
      {"type":"request.received","body_hash":"sha256:94d809bf47380d8a2eab0eb6e126d4dda9364b0b4725cdf7ead52dd70b2aa87b"},
      {"type":"request.forwarded","body_hash":"sha256:94d809bf47380d8a2eab0eb6e126d4dda9364b0b4725cdf7ead52dd70b2aa87b"},
      {"type":"upstream.verified","session_id":"95ad1cb4dd25445808c2e9d116caf420b05703730b506395e8fc1ca6faeae28f",
       "result":"verified","required":true,"model_id":"demo-model"},
      {"type":"response.returned","body_hash":"sha256:dedfffe5b14d031b8e2c01996d021a15293cb7c63b56be7e4be9e89b6f0a5f61"}],
    "endpoint":"/v1/chat/completions","chat_id":"chatcmpl-123","api_version":"aci/1"})");
  EXPECT_EQ(hash(signed_part), "1bd328e6880a5a12b3915af95ea32111310e04ab9e21ac3d71ce268e33b965c9");
  Seed seed;
  seed.fill(2);
  SigningKey key(seed);
  EXPECT_EQ(to_hex(key.public_key()), "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394");
  std::string signature = key.sign(signed_part);
  EXPECT_EQ(to_hex(as_bytes(signature)),
            "d5b005e093bde3b577faf270b7184b09e169cacb0ecb206b103bd2581f997db0"
            "3da616175454b063323a23ac1dc68f1ce506c2a6eba8aa0561d5e724f0b80c03");
  EXPECT_TRUE(verify_ed25519(key.public_key(), signed_part, signature));
  signed_part[10] ^= 1;
  EXPECT_FALSE(verify_ed25519(key.public_key(), signed_part, signature));
}

}  // namespace
}  // namespace entente::audit
