#include "base/error.hpp"

namespace entente {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_request: return "invalid_request";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::rate_limited: return "rate_limited";
    case ErrorCode::budget_exhausted: return "budget_exhausted";
    case ErrorCode::context_too_long: return "context_too_long";
    case ErrorCode::overloaded: return "overloaded";
    case ErrorCode::upstream_failed: return "upstream_failed";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

std::optional<ErrorCode> to_error_code(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    if (auto code = static_cast<ErrorCode>(i); to_string(code) == name) return code;
  }
  return {};
}

}  // namespace entente
