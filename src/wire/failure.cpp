#include "wire/failure.hpp"

#include <algorithm>
#include <format>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace entente::wire {

namespace {

bool has(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

// Makers say "too long" with a status that means anything, so their words decide.
bool is_about_context(std::string_view code, std::string_view message) {
  return has(code, {"context_length", "context_window", "string_above_max_length", "exceed_context_size"}) ||
         has(message,
             {"maximum context length", "context length", "context window", "prompt is too long", "too many tokens",
              "input is too long", "exceeds the available context", "input token count", "maximum prompt length"});
}

bool is_about_content(std::string_view code, std::string_view message) {
  return has(code, {"content_filter", "content_policy", "invalid_prompt", "responsibleaipolicy"}) ||
         has(message, {"content management policy", "usage policy", "blocked by our content"});
}

// Some say with a 400 that a key is wrong.
bool is_about_the_key(std::string_view message) {
  return has(message, {"api key not valid", "incorrect api key", "invalid api key"});
}

std::string text_of(const Json* value) {
  if (!value) return {};
  if (auto* text = value->as<std::string>()) return *text;
  if (auto* whole = value->as<std::int64_t>()) return std::to_string(*whole);
  return {};
}

}  // namespace

Error failure_of(unsigned status, FailureWords words) {
  std::string code = to_lower(words.code), type = to_lower(words.type), message = to_lower(words.message);
  std::string said(shortened(words.message, 500));
  Error error{.code = ErrorCode::upstream_failed,
              .message = said.empty() ? std::format("The provider answered with status {}.", status)
                                      : std::format("The provider says: {}", said),
              .reason = "upstream_failed",
              .param = {},
              .details = std::format("status {} {} {}", status, words.type, words.code)};
  auto is = [&](ErrorCode kind, std::string_view reason) {
    error.code = kind;
    error.reason = reason;
    return error;
  };
  bool of_the_request = status == 400 || status == 413 || status == 422 || status == 404;
  if ((of_the_request || status == 0 || status == 500) && is_about_context(code, message))
    return is(ErrorCode::context_too_long, "context_length_exceeded");
  if ((status == 400 || status == 403 || status == 422 || status == 0) && is_about_content(code, message))
    return is(ErrorCode::invalid_request, "content_filter");
  if (status == 400 && is_about_the_key(message)) return is(ErrorCode::upstream_failed, "upstream_credentials");
  if (has(code, {"insufficient_quota", "billing"}) || has(type, {"insufficient_quota", "billing"}) || status == 402)
    return is(ErrorCode::upstream_failed, "upstream_credentials");
  switch (status) {
    case 400:
    case 422:
      error.param = std::move(words.param);
      return is(ErrorCode::invalid_request, code.empty() ? "invalid_value" : code);
    case 401:
    case 403: return is(ErrorCode::upstream_failed, "upstream_credentials");
    case 404: return is(ErrorCode::upstream_failed, "upstream_not_found");
    case 408: return is(ErrorCode::timeout, "upstream_timeout");
    case 413: return is(ErrorCode::too_large, "request_too_large");
    case 429: return is(ErrorCode::rate_limited, "upstream_rate_limited");
    case 508: return is(ErrorCode::unavailable, "loop_detected");
    case 503:
    case 529: return is(ErrorCode::overloaded, "upstream_overloaded");
    default: break;
  }
  // An error event in a stream has no status, but a word.
  if (has(type, {"rate_limit"}) || has(code, {"rate_limit", "429"}))
    return is(ErrorCode::rate_limited, "upstream_rate_limited");
  if (has(type, {"overloaded"}) || has(code, {"overloaded", "503"}))
    return is(ErrorCode::overloaded, "upstream_overloaded");
  return error;
}

FailureWords read_failure(std::string_view body) {
  Result<Json> document = parse_json(body);
  if (!document) return {.message = {}, .code = {}, .type = {}, .param = {}};  // a proxy's page says nothing useful
  const Json* at = &*document;
  if (auto* list = at->as<Json::Array>(); list && !list->empty()) at = &list->front();
  if (const Json* error = at->find("error"); error && error->as<Json::Object>()) at = error;
  if (auto* text = at->as<std::string>()) return {.message = *text, .code = {}, .type = {}, .param = {}};
  FailureWords words{.message = text_of(at->find("message")),
                     .code = text_of(at->find("code")),
                     .type = text_of(at->find("type")),
                     .param = text_of(at->find("param"))};
  // xAI says {"code":…,"error":"…"}: the words are at one level, the code beside them.
  if (words.message.empty()) words.message = text_of(at->find("error"));
  if (words.message.empty()) words.message = text_of(at->find("Message"));
  if (words.message.empty()) words.message = text_of(at->find("detail"));
  if (words.type.empty()) words.type = text_of(at->find("status"));
  // Azure puts what its filter found inside.
  if (const Json* inner = at->find("innererror"); inner && words.code != "content_filter") {
    if (std::string code = text_of(inner->find("code")); !code.empty()) words.code = code;
  }
  return words;
}

}  // namespace entente::wire
