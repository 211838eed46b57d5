#include "wire/openai/error.hpp"

#include "wire/json_writer.hpp"

namespace entente::wire {

std::string openai_code(const Error& error) {
  if (!error.reason.empty()) return error.reason;
  switch (error.code) {
    case ErrorCode::unauthenticated: return "invalid_api_key";
    case ErrorCode::context_too_long: return "context_length_exceeded";
    case ErrorCode::rate_limited: return "rate_limit_exceeded";
    case ErrorCode::budget_exhausted: return "insufficient_quota";
    case ErrorCode::internal: return "internal_error";
    default: return std::string(to_string(error.code));
  }
}

std::string_view openai_type(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated: return "authentication_error";
    case ErrorCode::forbidden: return "permission_error";
    case ErrorCode::rate_limited: return "rate_limit_error";
    case ErrorCode::budget_exhausted: return "insufficient_quota";
    case ErrorCode::overloaded:
    case ErrorCode::upstream_failed:
    case ErrorCode::timeout:
    case ErrorCode::unavailable:
    case ErrorCode::internal: return "server_error";
    default: return "invalid_request_error";
  }
}

std::string encode_openai_error(const Error& error) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("error").begin_object();
  json.key("message").string(error.message).key("type").string(openai_type(error.code));
  json.key("param");
  error.param.empty() ? json.null() : json.string(error.param);
  json.key("code").string(openai_code(error));
  json.end_object().end_object();
  return out;
}

}  // namespace entente::wire
