#include "models/fetch_errors.hpp"

#include <format>

namespace entente::models {

Error refused(unsigned status, std::string_view what) {
  switch (status) {
    case 401:
    case 403:
      return {.code = ErrorCode::forbidden,
              .message = std::format(
                  "{} may not be fetched by everybody ({}). On Hugging Face: accept the model's terms on its "
                  "page, then set HF_TOKEN to a token of yours.",
                  what, status)};
    case 404:
    case 410:
      return {.code = ErrorCode::not_found,
              .message = std::format("There is nothing at {} ({}). Check the spelling.", what, status)};
    case 429:
      return {.code = ErrorCode::rate_limited,
              .message = std::format("{} was asked for too often (429). Try again later.", what)};
    default:
      return {.code = ErrorCode::upstream_failed,
              .message = std::format("{} was answered with status {}{}", what, status,
                                     status >= 500 ? ": the server there has a problem. Try again later." : ".")};
  }
}

}  // namespace entente::models
