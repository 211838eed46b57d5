#include "wire/anthropic/error.hpp"

#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {
// The SDK's word, on which it sends the whole conversation with each request instead.
constexpr std::string_view no_threads = "thread_unsupported_request";
}  // namespace

std::string_view anthropic_type(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated: return "authentication_error";
    case ErrorCode::forbidden: return "permission_error";
    case ErrorCode::not_found: return "not_found_error";
    case ErrorCode::too_large: return "request_too_large";
    case ErrorCode::rate_limited: return "rate_limit_error";
    case ErrorCode::budget_exhausted: return "billing_error";
    case ErrorCode::overloaded: return "overloaded_error";
    case ErrorCode::timeout: return "timeout_error";
    case ErrorCode::upstream_failed:
    case ErrorCode::unavailable:
    case ErrorCode::internal: return "api_error";
    default: return "invalid_request_error";
  }
}

std::string encode_anthropic_error(const Error& error, std::string_view request) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string("error").key("error").begin_object();
  json.key("type").string(anthropic_type(error.code)).key("message").string(error.message);
  if (!error.reason.empty()) {
    json.key("details").begin_object().key("error_code").string(error.reason);
    if (error.reason == no_threads) json.key("unsupported").begin_array().string(error.param).end_array();
    json.end_object();
  }
  json.end_object();
  if (!request.empty()) json.key("request_id").string(request);
  json.end_object();
  return out;
}

}  // namespace entente::wire
