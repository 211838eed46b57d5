#include "telemetry/trace.hpp"

#include <algorithm>
#include <ostream>

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "net/http.hpp"

namespace entente::telemetry {
namespace {

constexpr const char* good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Parent {
  const char* value;
  const char* trace;  // nullptr: refused
  bool sampled = true;
};
void PrintTo(const Parent& parent, std::ostream* out) { *out << parent.value; }

class Traceparent : public testing::TestWithParam<Parent> {};

TEST_P(Traceparent, IsReadAsTheRecommendationSays) {
  auto context = parse_traceparent(GetParam().value);
  ASSERT_EQ(context.has_value(), GetParam().trace != nullptr);
  if (!context) return;
  EXPECT_EQ(to_hex(context->trace), GetParam().trace);
  EXPECT_EQ(to_hex(context->span), "1234567890123456");
  EXPECT_EQ(context->sampled, GetParam().sampled);
}

constexpr const char* trace = "12345678901234567890123456789012";
INSTANTIATE_TEST_SUITE_P(
    Table, Traceparent,
    testing::Values(Parent{"00-12345678901234567890123456789012-1234567890123456-01", trace},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-00", trace, false},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-ff", trace},  // unknown flags
                    Parent{"00-12345678901234567890123456789012-1234567890123456-02", trace, false},
                    Parent{" 00-12345678901234567890123456789012-1234567890123456-01\t", trace},
                    Parent{"cc-12345678901234567890123456789012-1234567890123456-01", trace},  // a later version
                    Parent{"cc-12345678901234567890123456789012-1234567890123456-01-what-will-be", trace},
                    Parent{"cc-12345678901234567890123456789012-1234567890123456-01.what-will-be", nullptr},
                    Parent{"cc-12345678901234567890123456789012-1234567890123456-011", nullptr},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-01-what-will-be", nullptr},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-01.", nullptr},
                    Parent{"ff-12345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{".0-12345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"000-12345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"0-12345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"CC-12345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"00-00000000000000000000000000000000-1234567890123456-01", nullptr},
                    Parent{"00-.2345678901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"00-ABCDEF78901234567890123456789012-1234567890123456-01", nullptr},
                    Parent{"00-123456789012345678901234567890123-1234567890123456-01", nullptr},
                    Parent{"00-1234567890123456789012345678901-1234567890123456-01", nullptr},
                    Parent{"00-12345678901234567890123456789012-0000000000000000-01", nullptr},
                    Parent{"00-12345678901234567890123456789012-123456789012345.-01", nullptr},
                    Parent{"00-12345678901234567890123456789012-12345678901234567-01", nullptr},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-.0", nullptr},
                    Parent{"00-12345678901234567890123456789012-1234567890123456-1", nullptr},
                    Parent{"00-12345678901234567890123456789012-1234567890123456", nullptr},
                    Parent{"00_12345678901234567890123456789012_1234567890123456_01", nullptr}, Parent{"", nullptr}));

TEST(Trace, WhatIsWrittenIsWhatWasRead) { EXPECT_EQ(format_traceparent(*parse_traceparent(good)), good); }

TEST(Tracestate, KeepsMembersInOrderAndDropsBlanks) {
  EXPECT_EQ(clean_tracestate(" rojo=00f067aa0ba902b7 ,, congo=t61 rcW\t,1@a=, "),
            "rojo=00f067aa0ba902b7,congo=t61 rcW,1@a=");
}

TEST(Tracestate, WithAMalformedMemberIsDroppedWhole) {
  for (const char* bad : {"foo", "=1", "foo=1=2", "Foo=1", "_foo=1", "foo=b\x7fr", "foo=1,b r=2", "fo\xc3\xb6=1"}) {
    EXPECT_EQ(clean_tracestate(bad), "") << bad;
  }
  std::string many;
  for (int i = 0; i < 33; ++i) many += "m" + std::to_string(i) + "=1,";
  EXPECT_EQ(clean_tracestate(many), "");
}

TEST(Tracestate, BeyondItsLimitLosesWholeMembersFromTheEnd) {
  std::string first = "a=" + std::string(255, 'x'), second = "b=" + std::string(253, 'y');
  EXPECT_EQ(clean_tracestate(first + "," + second + "y,c=1"), first);
  EXPECT_EQ(clean_tracestate("a=1," + std::string("b=") + std::string(257, 'y')), "");
}

TEST(Caller, IsReadFromHeadersOfAnyCase) {
  auto caller = caller_of({{"TraceParent", good}, {"tracestate", "a=1"}, {"TraceState", "b=2"}});
  ASSERT_TRUE(caller);
  EXPECT_EQ(format_traceparent(*caller), good);
  EXPECT_EQ(caller->state, "a=1,b=2");
}

TEST(Caller, IsNobodyWithoutExactlyOneGoodTraceparent) {
  EXPECT_FALSE(caller_of({}));
  EXPECT_FALSE(caller_of({{"trace-parent", good}}));
  EXPECT_FALSE(caller_of({{"traceparent", good}, {"traceparent", good}}));
  EXPECT_FALSE(caller_of({{"traceparent", "nonsense"}, {"tracestate", "a=1"}}));
}

TEST(Span, ContinuesTheCallersTraceUnderAnIdOfItsOwn) {
  auto caller = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  caller->state = "a=1";
  Span span = begin_span("GET /", SpanKind::server, caller, Instant());
  EXPECT_EQ(span.context.trace, caller->trace);
  EXPECT_EQ(span.parent, caller->span);
  EXPECT_NE(span.context.span, caller->span);
  EXPECT_TRUE(span.parent_is_remote);
  EXPECT_FALSE(span.context.sampled);
  EXPECT_EQ(span.context.state, "a=1");

  Span child = begin_child("chat", SpanKind::internal, span, Instant());
  EXPECT_EQ(child.parent, span.context.span);
  EXPECT_FALSE(child.parent_is_remote);
}

TEST(Span, WithoutACallerBeginsASampledTraceThatOthersCanRead) {
  Span one = begin_span("GET /", SpanKind::server, {}, Instant()),
       two = begin_span("GET /", SpanKind::server, {}, Instant());
  EXPECT_FALSE(one.parent);
  EXPECT_TRUE(one.context.sampled);
  EXPECT_NE(one.context.trace, two.context.trace);
  EXPECT_TRUE(parse_traceparent(format_traceparent(one.context)));
}

TEST(Span, SettingAnAttributeAgainReplacesIt) {
  Span span = begin_span("chat", SpanKind::internal, {}, Instant());
  span.set(Name::usage_input_tokens, 1);
  span.set(Name::usage_input_tokens, 2);
  ASSERT_EQ(span.attributes.size(), 1u);
  EXPECT_EQ(std::get<std::int64_t>(span.attributes[0].second), 2);
}

}  // namespace
}  // namespace entente::telemetry
