// Traces: who called us (W3C traceparent), what we did for them (Span), and what we tell those whom we call.
//
//   auto caller = caller_of(request.headers);                     // nothing when absent or malformed
//   Span span = begin_span("POST /v1/chat/completions", SpanKind::server, caller, clock.now());
//   span.set(Name::http_route, "/v1/chat/completions");
//   upstream.headers.set("traceparent", format_traceparent(span.context));
//   …; span.end = clock.now(); exporter.add(std::move(span));
//
// A span never holds prompt text, answers or secrets: attributes are named by a closed list that has no place for them,
// a failure is an error code and not a sentence, and the name of a span is made of words of our own (routes,
// operations, names from the configuration). Plain values, any thread.
//
// Sources: W3C Trace Context level 1; OpenTelemetry semantic conventions for generative AI and HTTP (1.41).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace entente::net {
class Headers;
}

namespace entente::telemetry {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

// Names one span for others: what travels in traceparent and tracestate.
struct TraceContext {
  TraceId trace = {};
  SpanId span = {};
  bool sampled = true;     // the caller records this trace, so shall we
  std::string state = {};  // tracestate of other tracing systems: passed on, never read
};

// The value of a traceparent header; nothing when it is malformed. A version above 00 is read as far as 00 goes, as the
// recommendation asks. The result's `state` is empty.
std::optional<TraceContext> parse_traceparent(std::string_view value);

// The value to send, always version 00: "00-<trace>-<span>-01".
std::string format_traceparent(const TraceContext& context);

// The list members of a tracestate value without surrounding blanks, or nothing when it breaks the grammar or has more
// than 32. Members beyond 512 characters are left off from the end: what every system must carry is carried.
std::string clean_tracestate(std::string_view value);

// What the headers say of the caller: nothing without exactly one well-formed traceparent.
std::optional<TraceContext> caller_of(const net::Headers& headers);

enum class SpanKind { internal = 1, server = 2, client = 3 };  // OTLP's numbers
enum class SpanStatus { unset = 0, ok = 1, error = 2 };        // OTLP's numbers

// Every attribute there is. What is not here cannot be exported, and text that people wrote is not here.
enum class Name {
  operation_name,
  provider_name,
  request_model,
  request_max_tokens,
  request_choice_count,
  request_stream,
  response_id,
  response_model,
  response_finish_reasons,
  response_time_to_first_chunk,  // seconds
  usage_input_tokens,
  usage_cache_read_input_tokens,
  usage_output_tokens,
  usage_reasoning_output_tokens,
  server_address,
  server_port,
  error_type,
  http_request_method,
  http_route,
  http_response_status_code,
  url_scheme,
  request_id,
  tenant,
  deployment,
  attempt,
};

// The name as OpenTelemetry writes it: "gen_ai.operation.name".
std::string_view to_string(Name name);

using Value = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

struct Span {
  TraceContext context;               // of this span itself: what those whom we call see as their parent
  std::optional<SpanId> parent = {};  // nothing: the first span of its trace
  bool parent_is_remote = false;
  SpanKind kind = SpanKind::internal;
  std::string name;
  Instant start, end;
  SpanStatus status = SpanStatus::unset;
  std::vector<std::pair<Name, Value>> attributes = {};

  // Adds, or replaces the value of that name.
  void set(Name name, Value value);

  // The span failed: status error and error.type, the code's name.
  void fail(ErrorCode code);
};

// A context for a span of ours: new ids, in the trace of `above` or in a new, sampled one.
TraceContext begin_context(const std::optional<TraceContext>& above);

// A span below the caller's, or the first of a new, sampled trace when there is no caller.
Span begin_span(std::string name, SpanKind kind, const std::optional<TraceContext>& caller, Instant now);

// A span below one of our own.
Span begin_child(std::string name, SpanKind kind, const Span& parent, Instant now);

}  // namespace entente::telemetry
