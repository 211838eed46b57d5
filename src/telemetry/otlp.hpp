// OTLP/JSON: spans as the text that every OpenTelemetry collector takes at POST /v1/traces.
//
// JSON mapping of opentelemetry-proto 1.x: ids in hex, 64-bit integers as decimal strings, times in nanoseconds since
// 1970 as decimal strings, enumerations as numbers. Pure, any thread, nothing fails.
#pragma once

#include <span>
#include <string>

#include "telemetry/trace.hpp"

namespace entente::telemetry {

// Who sends the spans.
struct Resource {
  std::string service_name = "entente";
  std::string service_version = ENTENTE_VERSION;
};

// An ExportTraceServiceRequest holding all of `spans`.
std::string encode_traces(const Resource& resource, std::span<const Span> spans);

}  // namespace entente::telemetry
