#include "app/watching/spans.hpp"

#include <gmock/gmock.h>

#include "telemetry/otlp.hpp"

namespace entente::app {
namespace {

using telemetry::Name;
using telemetry::Span;
using testing::HasSubstr;
using testing::Not;

constexpr const char* incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr const char* ours = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

api::Services::Answered answered() {
  return {.route = "/v1/chat/completions",
          .method = "POST",
          .traceparent = ours,
          .incoming_traceparent = incoming,
          .status = 200,
          .took = std::chrono::milliseconds(5),
          .began = Instant(std::chrono::seconds(1))};
}

std::string text_of(const Span& span) { return telemetry::encode_traces({}, {&span, 1}); }

TEST(Spans, ARequestIsBelowItsCaller) {
  auto span = span_of(answered());
  ASSERT_TRUE(span);
  std::string text = text_of(*span);
  EXPECT_THAT(text, HasSubstr(R"("spanId":"00f067aa0ba902b7")"));
  EXPECT_THAT(text, HasSubstr(R"("parentSpanId":"b7ad6b7169203331")"));
  EXPECT_THAT(text, HasSubstr(R"("name":"POST /v1/chat/completions","kind":2)"));
  EXPECT_THAT(text, HasSubstr(R"("startTimeUnixNano":"1000000000","endTimeUnixNano":"1005000000")"));
  EXPECT_EQ(span->status, telemetry::SpanStatus::unset);
}

TEST(Spans, ARequestWithoutCallerIsTheFirstOfItsTrace) {
  auto asked = answered();
  asked.incoming_traceparent = "nonsense";
  EXPECT_FALSE(span_of(asked)->parent);
}

TEST(Spans, OurFailuresAreErrorsAndTheClientsAreNot) {
  auto asked = answered();
  asked.status = 404;
  EXPECT_EQ(span_of(asked)->status, telemetry::SpanStatus::unset);
  asked.status = 503;
  EXPECT_EQ(span_of(asked)->status, telemetry::SpanStatus::error);
}

TEST(Spans, WhatClientsWroteIsNeverInAName) {
  auto asked = answered();
  asked.route = "";
  asked.method = "SECRET";
  EXPECT_THAT(text_of(*span_of(asked)), Not(HasSubstr("SECRET")));
}

TEST(Spans, ACallerThatDoesNotRecordIsFollowed) {
  auto asked = answered();
  std::string unsampled = std::string(ours).replace(53, 2, "00");
  asked.traceparent = unsampled;
  EXPECT_FALSE(span_of(asked));
  asked.traceparent = "";
  EXPECT_FALSE(span_of(asked));
}

TEST(Spans, ProbesAreNotTraced) {
  auto asked = answered();
  asked.route = "/health/ready";
  EXPECT_FALSE(span_of(asked));
}

class AttemptSpan : public testing::Test {
 protected:
  AttemptSpan() {
    Chat chat;
    chat.model = "assistant";
    chat.conversation = {said(Role::user, "a secret question")};
    chat.max_tokens = 50;
    asked_ = {.request = "req_1",
              .trace = ours,
              .principal = {.tenant = "ten_1"},
              .work = std::make_shared<const Work>(chat)};
    deployment_ = {.name = "here", .provider = "local", .model = "smollm2:135m", .facts = {}, .price = {}};
    outcome_ = {.attempt = "att_1",
                .kind = store::OutcomeKind::answered,
                .usage = {.prompt_tokens = 7, .completion_tokens = 3},
                .first_token_us = 250'000,
                .duration_us = 1'000'000,
                .at = Instant(std::chrono::seconds(10))};
  }
  gateway::Asked asked_;
  Deployment deployment_;
  store::Outcome outcome_;
};

TEST_F(AttemptSpan, IsBelowItsRequestAndSaysWhatItCost) {
  auto span = span_of(gateway::Settled{asked_, deployment_, outcome_});
  ASSERT_TRUE(span);
  std::string text = text_of(*span);
  EXPECT_THAT(text, HasSubstr(R"("traceId":"0af7651916cd43dd8448eb211c80319c")"));
  EXPECT_THAT(text, HasSubstr(R"("parentSpanId":"00f067aa0ba902b7")"));
  EXPECT_THAT(
      text,
      HasSubstr(R"("name":"chat here","kind":3,"startTimeUnixNano":"9000000000","endTimeUnixNano":"10000000000")"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.operation.name","value":{"stringValue":"chat"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.request.model","value":{"stringValue":"assistant"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.response.model","value":{"stringValue":"smollm2:135m"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.request.max_tokens","value":{"intValue":"50"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":"7"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.usage.output_tokens","value":{"intValue":"3"}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"gen_ai.response.time_to_first_chunk","value":{"doubleValue":0.25}})"));
  EXPECT_THAT(text, HasSubstr(R"({"key":"entente.tenant","value":{"stringValue":"ten_1"}})"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_NE(span->context.span, telemetry::parse_traceparent(ours)->span);
}

TEST_F(AttemptSpan, AFailureIsItsCode) {
  outcome_.kind = store::OutcomeKind::failed;
  outcome_.error = "timeout";
  auto span = span_of(gateway::Settled{asked_, deployment_, outcome_});
  EXPECT_EQ(span->status, telemetry::SpanStatus::error);
  EXPECT_THAT(text_of(*span), HasSubstr(R"({"key":"error.type","value":{"stringValue":"timeout"}})"));
}

TEST_F(AttemptSpan, WithoutATraceThereIsNone) {
  asked_.trace = "";
  EXPECT_FALSE(span_of(gateway::Settled{asked_, deployment_, outcome_}));
}

}  // namespace
}  // namespace entente::app
