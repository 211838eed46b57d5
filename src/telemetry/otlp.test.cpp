#include "telemetry/otlp.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace entente::telemetry {
namespace {

using std::chrono::microseconds;

// Checked once against the protobuf definition: opentelemetry-proto's ExportTraceServiceRequest parses it whole.
TEST(Otlp, WritesARequestThatACollectorReads) {
  auto caller = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  caller->state = "a=1";
  Span served =
      begin_span("POST /v1/chat/completions", SpanKind::server, caller, Instant(microseconds(1'700'000'000'123'456)));
  served.context.span = {1, 2, 3, 4, 5, 6, 7, 8};
  served.end = Instant(microseconds(1'700'000'000'500'000));
  served.set(Name::http_response_status_code, 200);

  Span work = begin_child("chat \"mine\"", SpanKind::internal, served, served.start);
  work.context.span = {9, 9, 9, 9, 9, 9, 9, 0xff};
  work.context.state.clear();
  work.end = served.end;
  work.set(Name::operation_name, "chat");
  work.set(Name::request_stream, true);
  work.set(Name::response_finish_reasons, std::vector<std::string>{"stop", "length"});
  work.set(Name::response_time_to_first_chunk, 0.25);
  work.set(Name::usage_output_tokens, std::numeric_limits<std::int64_t>::max());
  work.fail(ErrorCode::upstream_failed);

  Span spans[] = {served, work};
  EXPECT_EQ(
      encode_traces({.service_name = "entente", .service_version = "1.2.3"}, spans),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"entente"}},)"
      R"({"key":"service.version","value":{"stringValue":"1.2.3"}}]},"scopeSpans":[{"scope":{"name":"entente"},"spans":[)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"0102030405060708","traceState":"a=1",)"
      R"("parentSpanId":"00f067aa0ba902b7","flags":769,"name":"POST /v1/chat/completions","kind":2,)"
      R"("startTimeUnixNano":"1700000000123456000","endTimeUnixNano":"1700000000500000000","attributes":[)"
      R"({"key":"http.response.status_code","value":{"intValue":"200"}}],"status":{"code":0}},)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"09090909090909ff","parentSpanId":"0102030405060708",)"
      R"("flags":257,"name":"chat \"mine\"","kind":1,)"
      R"("startTimeUnixNano":"1700000000123456000","endTimeUnixNano":"1700000000500000000","attributes":[)"
      R"({"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},)"
      R"({"key":"gen_ai.request.stream","value":{"boolValue":true}},)"
      R"({"key":"gen_ai.response.finish_reasons","value":{"arrayValue":{"values":[{"stringValue":"stop"},{"stringValue":"length"}]}}},)"
      R"({"key":"gen_ai.response.time_to_first_chunk","value":{"doubleValue":0.25}},)"
      R"({"key":"gen_ai.usage.output_tokens","value":{"intValue":"9223372036854775807"}},)"
      R"({"key":"error.type","value":{"stringValue":"upstream_failed"}}],"status":{"code":2}}],)"
      R"("schemaUrl":"https://opentelemetry.io/schemas/1.41.0"}]}]})");
}

TEST(Otlp, WritesNumbersThatJsonLacksAsProtobufDoes) {
  Span span = begin_span("x", SpanKind::internal, {}, Instant());
  span.set(Name::response_time_to_first_chunk, -std::numeric_limits<double>::infinity());
  EXPECT_NE(encode_traces({}, {&span, 1}).find(R"({"doubleValue":"-Infinity"})"), std::string::npos);
}

TEST(Otlp, WithoutSpansIsStillARequest) { EXPECT_NE(encode_traces({}, {}).find(R"("spans":[])"), std::string::npos); }

}  // namespace
}  // namespace entente::telemetry
