#include "telemetry/otlp.hpp"

#include <cmath>
#include <cstdint>
#include <format>
#include <iterator>
#include <string_view>

#include "base/encoding.hpp"
#include "base/json_text.hpp"

namespace entente::telemetry {

namespace {

// The semantic conventions whose attribute names trace.hpp uses.
constexpr std::string_view schema = "https://opentelemetry.io/schemas/1.41.0";

constexpr unsigned flag_sampled = 0x001, flag_remote_is_known = 0x100, flag_parent_is_remote = 0x200;

struct WriteValue {
  std::string& out;

  void operator()(const std::string& text) const {
    out += R"({"stringValue":)";
    append_json_string(out, text);
    out += '}';
  }
  void operator()(std::int64_t number) const { append(R"({{"intValue":"{}"}})", number); }
  void operator()(bool truth) const { append(R"({{"boolValue":{}}})", truth); }
  void operator()(double number) const {
    if (std::isfinite(number)) {
      append(R"({{"doubleValue":{}}})", number);
    } else {  // protobuf's JSON mapping writes these as text
      append(R"({{"doubleValue":"{}"}})", std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
    }
  }
  void operator()(const std::vector<std::string>& list) const {
    out += R"({"arrayValue":{"values":[)";
    for (bool first = true; const std::string& text : list) {
      if (!std::exchange(first, false)) out += ',';
      (*this)(text);
    }
    out += "]}}";
  }

 private:
  template <class... Arguments>
  void append(std::format_string<Arguments...> form, Arguments&&... arguments) const {
    std::format_to(std::back_inserter(out), form, std::forward<Arguments>(arguments)...);
  }
};

void append_attribute(std::string& out, std::string_view name, const Value& value) {
  std::format_to(std::back_inserter(out), R"({{"key":"{}","value":)", name);
  std::visit(WriteValue{out}, value);
  out += '}';
}

std::string nanoseconds(Instant instant) {
  return std::to_string(std::chrono::nanoseconds(instant.time_since_epoch()).count());
}

void append_span(std::string& out, const Span& span) {
  auto append = [&]<class... A>(std::format_string<A...> form, A&&... a) {
    std::format_to(std::back_inserter(out), form, std::forward<A>(a)...);
  };
  append(R"({{"traceId":"{}","spanId":"{}",)", to_hex(span.context.trace), to_hex(span.context.span));
  if (!span.context.state.empty()) {
    out += R"("traceState":)";
    append_json_string(out, span.context.state);
    out += ',';
  }
  if (span.parent) append(R"("parentSpanId":"{}",)", to_hex(*span.parent));
  unsigned flags = flag_remote_is_known | (span.context.sampled ? flag_sampled : 0) |
                   (span.parent_is_remote ? flag_parent_is_remote : 0);
  append(R"("flags":{},"name":)", flags);
  append_json_string(out, span.name);
  append(R"(,"kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[)", static_cast<int>(span.kind),
         nanoseconds(span.start), nanoseconds(span.end));
  for (bool first = true; const auto& [name, value] : span.attributes) {
    if (!std::exchange(first, false)) out += ',';
    append_attribute(out, to_string(name), value);
  }
  append(R"(],"status":{{"code":{}}}}})", static_cast<int>(span.status));
}

}  // namespace

std::string encode_traces(const Resource& resource, std::span<const Span> spans) {
  std::string out;
  out.reserve(512 + spans.size() * 1024);
  out += R"({"resourceSpans":[{"resource":{"attributes":[)";
  append_attribute(out, "service.name", resource.service_name);
  out += ',';
  append_attribute(out, "service.version", resource.service_version);
  out += R"(]},"scopeSpans":[{"scope":{"name":"entente"},"spans":[)";
  for (bool first = true; const Span& span : spans) {
    if (!std::exchange(first, false)) out += ',';
    append_span(out, span);
  }
  std::format_to(std::back_inserter(out), R"(],"schemaUrl":"{}"}}]}}]}})", schema);
  return out;
}

}  // namespace entente::telemetry
