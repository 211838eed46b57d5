#include "api/errors.hpp"

#include "wire/anthropic/error.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/openai/error.hpp"

namespace entente::api {

namespace {

constexpr HttpFailure failures_of_http[] = {
    {"method_not_allowed", 405}, {"request_timeout", 408},   {"unsupported_media_type", 415},
    {"host_not_allowed", 421},   {"headers_too_large", 431}, {"loop_detected", 508},
};

}  // namespace

std::span<const HttpFailure> http_failures() { return failures_of_http; }

unsigned status_of(const Error& error, Dialect dialect) {
  for (auto [reason, status] : failures_of_http) {
    if (error.reason == reason) return status;
  }
  switch (error.code) {
    case ErrorCode::invalid_request: return 400;
    case ErrorCode::unauthenticated: return 401;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::too_large: return 413;
    case ErrorCode::unsupported: return 400;
    case ErrorCode::rate_limited: return 429;
    case ErrorCode::budget_exhausted: return 402;
    case ErrorCode::context_too_long: return 400;
    case ErrorCode::overloaded: return dialect == Dialect::anthropic ? 529 : 503;
    case ErrorCode::upstream_failed: return 502;
    case ErrorCode::timeout: return 504;
    case ErrorCode::cancelled: return 499;  // nobody is there to read it: for the log
    case ErrorCode::unavailable: return 503;
    case ErrorCode::internal: return 500;
  }
  return 500;
}

Error shown_to_client(const Error& error) {
  Error shown = error;
  shown.details.clear();
  if (error.code == ErrorCode::internal) {
    shown.message = "Something went wrong inside Entente. The log has the details under this request's id.";
    shown.reason.clear();
  }
  return shown;
}

net::Response error_response(const Error& error, Dialect dialect, std::string_view request) {
  Error shown = shown_to_client(error);
  net::Response response{
      .status = status_of(error, dialect), .headers = {{"content-type", "application/json"}}, .body = {}};
  switch (dialect) {
    case Dialect::openai: response.body = wire::encode_openai_error(shown); break;
    case Dialect::anthropic: response.body = wire::encode_anthropic_error(shown, request); break;
    case Dialect::ollama: response.body = wire::encode_ollama_error(shown); break;
  }
  if (error.retry_after) {
    auto ms = error.retry_after->count();
    response.headers.add("retry-after", std::to_string((ms + 999) / 1000));
    response.headers.add("retry-after-ms", std::to_string(ms));
  }
  // The SDKs retry 408, 409, 429 and 5xx by themselves; this says when that is no use.
  if (error.code == ErrorCode::budget_exhausted || error.code == ErrorCode::conflict ||
      error.reason == "response_not_kept") {
    response.headers.add("x-should-retry", "false");
  }
  return response;
}

}  // namespace entente::api
