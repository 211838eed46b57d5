// Exporter: delivers spans to an OpenTelemetry collector (OTLP over HTTP, JSON), beside the work and never in its way.
//
// add() puts a span into a bounded queue and returns; a thread of its own sends batches. While the collector is slow or
// away the queue fills, and what does not fit is dropped and counted: a lost span is better than a request that waits.
// A batch that the collector says to send again (429, 502, 503, 504), or that could not reach it, is sent again with
// growing pauses; any other refusal drops it. The first failure after a success is logged, and the first success after
// a failure. The destructor sends what waits, for `flush` at most.
//
// add() from any thread; start() and the destructor on the main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "telemetry/otlp.hpp"
#include "telemetry/trace.hpp"

namespace entente::telemetry {

struct ExporterOptions {
  std::string endpoint;       // "http://127.0.0.1:4318"; /v1/traces is added
  std::string authorization;  // the header's value; empty: none is sent
  Resource resource;
  std::size_t most_waiting = 4096;         // spans
  std::size_t batch = 512;                 // spans in one request
  std::chrono::milliseconds gather{1000};  // how long spans wait for company
  std::chrono::milliseconds retry{1000};   // the first pause after a failure; doubled up to 32 times it
  std::chrono::milliseconds flush{1000};   // at the end
};

class Exporter {
 public:
  // Told how many spans were delivered or dropped, on any thread.
  using Counted = std::function<void(bool exported, std::uint64_t count)>;

  // invalid_request when the endpoint is no URL.
  static Result<std::unique_ptr<Exporter>> start(ExporterOptions options, Counted counted);
  virtual ~Exporter() = default;

  virtual void add(Span span) = 0;
};

}  // namespace entente::telemetry
