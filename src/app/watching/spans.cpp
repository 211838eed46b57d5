#include "app/watching/spans.hpp"

#include <chrono>
#include <format>
#include <variant>

namespace entente::app {

using telemetry::Name;
using telemetry::Span;
using telemetry::SpanKind;

namespace {

Instant after(Instant begin, std::chrono::nanoseconds time) {
  return begin + std::chrono::duration_cast<std::chrono::microseconds>(time);
}

void describe_work(Span& span, const Work& work) {
  Envelope envelope = envelope_of(work);
  span.set(Name::operation_name, envelope.kind);
  span.set(Name::request_model, envelope.model);
  if (envelope.max_tokens) span.set(Name::request_max_tokens, std::int64_t{*envelope.max_tokens});
  if (envelope.choices > 1) span.set(Name::request_choice_count, std::int64_t{envelope.choices});
}

void describe_usage(Span& span, const Usage& usage) {
  span.set(Name::usage_input_tokens, usage.prompt_tokens);
  span.set(Name::usage_output_tokens, usage.completion_tokens);
  if (usage.cached_tokens > 0) span.set(Name::usage_cache_read_input_tokens, usage.cached_tokens);
  if (usage.reasoning_tokens > 0) span.set(Name::usage_reasoning_output_tokens, usage.reasoning_tokens);
}

}  // namespace

std::optional<Span> span_of(const api::Services::Answered& answered) {
  // Probes come every few seconds and say nothing of the work.
  if (answered.route.starts_with("/health/") || answered.route == "/metrics") return std::nullopt;
  auto context = telemetry::parse_traceparent(answered.traceparent);
  if (!context || !context->sampled) return std::nullopt;
  auto caller = telemetry::parse_traceparent(answered.incoming_traceparent);
  // What no route matched is the client's own words, method and path, and goes nowhere.
  std::string name = answered.route.empty() ? "HTTP" : std::format("{} {}", answered.method, answered.route);
  Span span{.context = *context,
            .parent_is_remote = caller.has_value(),
            .kind = SpanKind::server,
            .name = std::move(name),
            .start = answered.began,
            .end = after(answered.began, answered.took)};
  if (caller) span.parent = caller->span;
  if (!answered.route.empty()) {
    span.set(Name::http_request_method, std::string(answered.method));
    span.set(Name::http_route, std::string(answered.route));
  }
  span.set(Name::http_response_status_code, std::int64_t{answered.status});
  if (answered.status >= 500) {
    span.status = telemetry::SpanStatus::error;
    span.set(Name::error_type, std::to_string(answered.status));
  }
  return span;
}

std::optional<Span> span_of(const gateway::Settled& settled) {
  auto request = telemetry::parse_traceparent(settled.asked.trace);
  if (!request || !request->sampled) return std::nullopt;
  const store::Outcome& outcome = settled.outcome;
  Instant began = outcome.at - std::chrono::microseconds(outcome.duration_us);
  Span span =
      telemetry::begin_span(std::format("{} {}", envelope_of(*settled.asked.work).kind, settled.deployment.name),
                            SpanKind::client, request, began);
  span.parent_is_remote = false;
  span.end = outcome.at;
  describe_work(span, *settled.asked.work);
  span.set(Name::provider_name, settled.deployment.provider);
  span.set(Name::response_model, settled.deployment.model);
  if (outcome.first_token_us > 0) {
    span.set(Name::response_time_to_first_chunk, static_cast<double>(outcome.first_token_us) / 1e6);
  }
  describe_usage(span, outcome.usage);
  span.set(Name::request_id, settled.asked.request);
  span.set(Name::tenant, settled.asked.principal.tenant);
  span.set(Name::deployment, settled.deployment.name);
  span.set(Name::attempt, outcome.attempt);
  if (outcome.kind != store::OutcomeKind::answered) {
    span.fail(to_error_code(outcome.error).value_or(ErrorCode::internal));
  }
  return span;
}

}  // namespace entente::app
