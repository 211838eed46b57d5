#include "store/sealed_record.hpp"

#include <gtest/gtest.h>

#include "audit/forms/canonical_json.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace entente::store {
namespace {

// Who checks a receipt writes the record again in the canonical form: it must be the very same text.
void expect_canonical(const std::string& record) {
  auto json = wire::parse_json(record);
  ASSERT_TRUE(json) << json.error().message << record;
  EXPECT_EQ(*audit::canonical_json(*json), record);
}

const std::string awkward = "a \"name\"\\ with\b\f\n\r\t\x01\x1f\x7f, é, € and 😀 </script>";

TEST(SealedRecord, OfAnIntentIsCanonical) {
  Intent intent{
      .attempt = "att_1",
      .request = "req_1",
      .principal = {.tenant = awkward, .project = "prj_1", .key = "key_1", .labels = {}},
      .kind = "chat",
      .model = awkward,
      .deployment = awkward,
      .provider = "p",
      .place = "FR, SE",
      .decision = {.text = R"({"applied":[],"candidates":{"count":1,"root":""},"version":1})", .candidates = {}},
      .most_tokens = 4096,
      .reserved = {.nano = INT64_MAX, .currency = "EUR"},
      .at = {}};
  expect_canonical(record_of(intent));
  intent.asked = sha256("body");
  expect_canonical(record_of(intent));
}

TEST(SealedRecord, OfAnOutcomeIsCanonical) {
  Outcome outcome{.attempt = "att_1", .kind = OutcomeKind::failed, .error = "upstream_failed"};
  expect_canonical(record_of(outcome));
  outcome.answer = {{.text = sha256("one"), .calls = {sha256("f\n{}"), sha256("g\n{}")}},
                    {.text = sha256("two"), .calls = {}}};
  outcome.usage = {.prompt_tokens = 1, .cached_tokens = 2, .completion_tokens = 3, .reasoning_tokens = 4};
  outcome.cost = {.nano = -1, .currency = "KES"};
  outcome.duration_us = 1'000'000;
  outcome.body = {.bytes = 1 << 20, .sha256 = sha256("body")};
  outcome.weights = std::string(64, 'a');
  outcome.peer = {.address = "[2001:db8::1]:443", .name = awkward, .spki = to_base64(sha256("key")), .tls = "TLSv1.3"};
  expect_canonical(record_of(outcome));
}

}  // namespace
}  // namespace entente::store
