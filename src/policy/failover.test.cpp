#include "policy/failover.hpp"

#include <gtest/gtest.h>

namespace entente::policy {
namespace {
using std::chrono::milliseconds;

struct Case {
  ErrorCode code;
  const char* reason;
  unsigned tries;
  Next next;
};

TEST(Failover, AFiltersRefusalGoesOnWhereTheModelSaysSo) {
  Error filtered{.code = ErrorCode::invalid_request, .message = "m", .reason = "content_filter"};
  EXPECT_EQ(after_failure(filtered, 1), Next::stop);
  EXPECT_EQ(after_failure(filtered, 1, true), Next::next_deployment);
  EXPECT_EQ(after_failure({.code = ErrorCode::invalid_request, .message = "m"}, 1, true), Next::stop);
}

TEST(Failover, FollowsFromTheKindOfFailure) {
  using enum ErrorCode;
  for (const Case& c :
       {Case{invalid_request, "", 1, Next::stop}, Case{cancelled, "", 1, Next::stop},
        Case{forbidden, "", 0, Next::stop}, Case{invalid_request, "content_filter", 1, Next::stop},
        Case{unsupported, "", 0, Next::next_deployment},
        Case{context_too_long, "context_length_exceeded", 1, Next::next_deployment},
        Case{upstream_failed, "connect_failed", 1, Next::next_deployment},
        Case{upstream_failed, "tls_failed", 1, Next::next_deployment},
        Case{upstream_failed, "upstream_failed", 1, Next::next_deployment},
        Case{timeout, "headers_timeout", 1, Next::next_deployment}, Case{overloaded, "", 0, Next::next_deployment},
        Case{upstream_failed, "upstream_credentials", 1, Next::same_deployment},
        Case{rate_limited, "upstream_rate_limited", 1, Next::same_deployment},
        Case{rate_limited, "upstream_rate_limited", 0, Next::next_deployment},
        Case{rate_limited, "upstream_rate_limited", 8, Next::next_deployment},
        Case{upstream_failed, "stale_connection", 1, Next::same_deployment},
        Case{upstream_failed, "stale_connection", 2, Next::next_deployment}}) {
    EXPECT_EQ(after_failure({.code = c.code, .message = {}, .reason = c.reason}, c.tries), c.next)
        << to_string(c.code) << ' ' << c.reason << ' ' << c.tries;
  }
}

Error error(ErrorCode code, std::string reason = {}, int retry_ms = -1) {
  Error made{.code = code, .message = {}, .reason = std::move(reason)};
  if (retry_ms >= 0) made.retry_after = milliseconds(retry_ms);
  return made;
}

TEST(Failover, TheClientIsToldWhatHelpsAndTheSoonestTime) {
  using enum ErrorCode;
  Error told = more_telling(error(rate_limited, "a", 9000), error(overloaded, "b", 3000));
  EXPECT_EQ(told.reason, "b");
  EXPECT_EQ(told.retry_after, milliseconds(3000));
  told = more_telling(error(rate_limited, "a", 3000), error(upstream_failed, "b"));
  EXPECT_EQ(told.reason, "a");
  EXPECT_EQ(told.retry_after, milliseconds(3000));
  EXPECT_EQ(more_telling(error(unsupported), error(unavailable)).code, unsupported);
  EXPECT_EQ(more_telling(error(upstream_failed), error(context_too_long)).code, context_too_long);
  EXPECT_EQ(more_telling(error(upstream_failed, "a"), error(unsupported)).code, upstream_failed);
  EXPECT_FALSE(more_telling(error(upstream_failed, "a", 500), error(context_too_long)).retry_after)
      << "a time does not mend that";
}

}  // namespace
}  // namespace entente::policy
