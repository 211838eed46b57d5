// From what api/ and gateway/ report to spans: one server span for each request, one client span below it for each
// attempt. Names and attributes follow OpenTelemetry's conventions for HTTP and for generative AI; nothing here has
// seen a prompt. Pure, any thread.
#pragma once

#include <optional>

#include "api/api.hpp"
#include "gateway/run.hpp"
#include "telemetry/trace.hpp"

namespace entente::app {

// Nothing for probes of health and metrics, and nothing when the request belongs to no trace, or to one whose beginner
// does not record it.
std::optional<telemetry::Span> span_of(const api::Services::Answered& answered);
std::optional<telemetry::Span> span_of(const gateway::Settled& settled);

}  // namespace entente::app
