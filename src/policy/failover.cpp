#include "policy/failover.hpp"

#include <algorithm>

namespace entente::policy {

namespace {

constexpr unsigned most_keys_tried = 8;

// What a client can do with it: come back at a known time, ask otherwise, or nothing.
int how_telling(const Error& error) {
  switch (error.code) {
    case ErrorCode::context_too_long: return 5;
    case ErrorCode::rate_limited:
    case ErrorCode::overloaded: return error.retry_after ? 4 : 3;
    case ErrorCode::unsupported: return 1;
    case ErrorCode::unavailable: return 0;
    default: return 2;
  }
}

}  // namespace

Next after_failure(const Error& error, unsigned tries, bool filter_next) {
  if (filter_next && error.reason == "content_filter") return Next::next_deployment;
  switch (error.code) {
    case ErrorCode::invalid_request:
    case ErrorCode::cancelled:
    case ErrorCode::forbidden: return Next::stop;
    default: break;
  }
  if (tries == 0) return Next::next_deployment;  // it refused before anything was sent
  if (error.reason == "stale_connection" && tries < 2) return Next::same_deployment;
  bool about_the_key = error.reason == "upstream_credentials" || error.reason == "upstream_rate_limited";
  if (about_the_key && tries < most_keys_tried) return Next::same_deployment;
  return Next::next_deployment;
}

Error more_telling(Error former, Error latter) {
  auto soonest = former.retry_after && latter.retry_after ? std::min(former.retry_after, latter.retry_after)
                 : former.retry_after                     ? former.retry_after
                                                          : latter.retry_after;
  // Of two that say the same, the first: it is the provider's own word, the second may be our memory of it.
  bool latter_tells = how_telling(latter) > how_telling(former) ||
                      (how_telling(latter) == how_telling(former) && latter.reason != former.reason);
  Error told = latter_tells ? std::move(latter) : std::move(former);
  if (told.code == ErrorCode::rate_limited || told.code == ErrorCode::overloaded || told.code == ErrorCode::unavailable)
    told.retry_after = soonest;
  return told;
}

}  // namespace entente::policy
