#include "telemetry/trace.hpp"

#include <algorithm>
#include <format>
#include <span>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "net/http.hpp"

namespace entente::telemetry {

namespace {

constexpr std::size_t length_of_version_00 = 55;
constexpr std::size_t most_state_members = 32;
constexpr std::size_t most_state_bytes = 512;

int hex_digit(char c) {  // capitals are not allowed
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool all_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

void make_id(std::span<std::uint8_t> out) {
  do random_bytes(out);
  while (all_zero(out));
}

std::string_view trim(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_state_member(std::string_view member) {
  std::size_t equals = member.find('=');
  if (equals == member.npos || equals == 0 || equals > 256 || member.size() - equals - 1 > 256) return false;
  std::string_view key = member.substr(0, equals), value = member.substr(equals + 1);
  auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  auto of_key = [&](char c) { return alphanumeric(c) || std::string_view("_-*/@").contains(c); };
  auto of_value = [](char c) { return c >= ' ' && c <= '~' && c != '='; };
  return alphanumeric(key.front()) && std::ranges::all_of(key, of_key) && std::ranges::all_of(value, of_value);
}

bool same_name(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view value) {
  value = trim(value);
  if (value.size() < length_of_version_00 || value[2] != '-' || value[35] != '-' || value[52] != '-') return {};
  std::uint8_t version = 0, flags = 0;
  TraceContext context;
  if (!read_hex(value, {&version, 1}) || !read_hex(value.substr(3), context.trace) ||
      !read_hex(value.substr(36), context.span) || !read_hex(value.substr(53), {&flags, 1})) {
    return {};
  }
  if (version == 0xff || all_zero(context.trace) || all_zero(context.span)) return {};
  if (value.size() > length_of_version_00 && (version == 0 || value[length_of_version_00] != '-')) return {};
  context.sampled = (flags & 1) != 0;
  return context;
}

std::string format_traceparent(const TraceContext& context) {
  return std::format("00-{}-{}-{}", to_hex(context.trace), to_hex(context.span), context.sampled ? "01" : "00");
}

std::string clean_tracestate(std::string_view value) {
  std::string out;
  std::size_t members = 0;
  bool full = false;
  while (true) {
    std::size_t comma = value.find(',');
    if (std::string_view member = trim(value.substr(0, comma)); !member.empty()) {  // empty members are allowed
      if (!is_state_member(member) || ++members > most_state_members) return {};
      full = full || out.size() + member.size() + 1 > most_state_bytes;
      if (!full) {
        if (!out.empty()) out += ',';
        out += member;
      }
    }
    if (comma == value.npos) return out;
    value.remove_prefix(comma + 1);
  }
}

std::optional<TraceContext> caller_of(const net::Headers& headers) {
  std::optional<TraceContext> caller;
  int parents = 0;
  std::string state;
  for (const auto& [name, value] : headers) {
    if (same_name(name, "traceparent")) {
      if (++parents == 1) caller = parse_traceparent(value);
    } else if (same_name(name, "tracestate")) {
      state += ',';
      state += value;
    }
  }
  if (parents != 1 || !caller) return {};  // and tracestate is not looked at
  caller->state = clean_tracestate(state);
  return caller;
}

std::string_view to_string(Name name) {
  switch (name) {
    case Name::operation_name: return "gen_ai.operation.name";
    case Name::provider_name: return "gen_ai.provider.name";
    case Name::request_model: return "gen_ai.request.model";
    case Name::request_max_tokens: return "gen_ai.request.max_tokens";
    case Name::request_choice_count: return "gen_ai.request.choice.count";
    case Name::request_stream: return "gen_ai.request.stream";
    case Name::response_id: return "gen_ai.response.id";
    case Name::response_model: return "gen_ai.response.model";
    case Name::response_finish_reasons: return "gen_ai.response.finish_reasons";
    case Name::response_time_to_first_chunk: return "gen_ai.response.time_to_first_chunk";
    case Name::usage_input_tokens: return "gen_ai.usage.input_tokens";
    case Name::usage_cache_read_input_tokens: return "gen_ai.usage.cache_read.input_tokens";
    case Name::usage_output_tokens: return "gen_ai.usage.output_tokens";
    case Name::usage_reasoning_output_tokens: return "gen_ai.usage.reasoning.output_tokens";
    case Name::server_address: return "server.address";
    case Name::server_port: return "server.port";
    case Name::error_type: return "error.type";
    case Name::http_request_method: return "http.request.method";
    case Name::http_route: return "http.route";
    case Name::http_response_status_code: return "http.response.status_code";
    case Name::url_scheme: return "url.scheme";
    case Name::request_id: return "entente.request.id";
    case Name::tenant: return "entente.tenant";
    case Name::deployment: return "entente.deployment";
    case Name::attempt: return "entente.attempt";
  }
  return "entente.unnamed";
}

void Span::set(Name name, Value value) {
  auto at = std::ranges::find(attributes, name, &std::pair<Name, Value>::first);
  if (at != attributes.end()) {
    at->second = std::move(value);
  } else {
    attributes.emplace_back(name, std::move(value));
  }
}

void Span::fail(ErrorCode code) {
  status = SpanStatus::error;
  set(Name::error_type, std::string(to_string(code)));
}

TraceContext begin_context(const std::optional<TraceContext>& above) {
  TraceContext context = above.value_or(TraceContext());
  if (!above) make_id(context.trace);
  make_id(context.span);
  return context;
}

Span begin_span(std::string name, SpanKind kind, const std::optional<TraceContext>& caller, Instant now) {
  Span span{.context = begin_context(caller),
            .parent_is_remote = caller.has_value(),
            .kind = kind,
            .name = std::move(name),
            .start = now,
            .end = now};
  if (caller) span.parent = caller->span;
  return span;
}

Span begin_child(std::string name, SpanKind kind, const Span& parent, Instant now) {
  Span span = begin_span(std::move(name), kind, parent.context, now);
  span.parent_is_remote = false;
  return span;
}

}  // namespace entente::telemetry
