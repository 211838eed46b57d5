#include "api/rates.hpp"

#include <format>

namespace entente::api {

namespace {

using ledger::Quotas;

// One of the flows of a minute, of the quota that leaves the least of it.
struct Rate {
  std::string_view what;  // "requests"
  std::uint32_t a_minute = 0;
  std::int64_t left = 0;
  std::chrono::milliseconds full{0};
};

Rate requests_of(const Quotas::Standing& now) {
  return {"requests", now.quota->requests_per_minute, now.requests_left, now.requests_full};
}
Rate tokens_of(const Quotas::Standing& now) {
  return {"tokens", now.quota->tokens_per_minute, now.tokens_left, now.tokens_full};
}

// Names and times as each maker writes them: "6m0s" from now, or the moment itself.
void add(net::Headers& headers, const Rate& rate, Dialect dialect, Instant now) {
  if (rate.a_minute == 0) return;
  std::string limit = std::to_string(rate.a_minute), left = std::to_string(rate.left);
  if (dialect == Dialect::anthropic) {
    std::string name = std::format("anthropic-ratelimit-{}-", rate.what);
    headers.add(name + "limit", limit);
    headers.add(name + "remaining", left);
    headers.add(name + "reset", to_rfc3339(now + rate.full));
    return;
  }
  headers.add(std::format("x-ratelimit-limit-{}", rate.what), limit);
  headers.add(std::format("x-ratelimit-remaining-{}", rate.what), left);
  auto ms = rate.full.count();
  headers.add(std::format("x-ratelimit-reset-{}", rate.what),
              ms < 1000     ? std::format("{}ms", ms)
              : ms < 60'000 ? std::format("{}s", (ms + 999) / 1000)
                            : std::format("{}m{}s", (ms + 999) / 60'000, (ms + 999) / 1000 % 60));
}

}  // namespace

void add_rates(net::Headers& headers, Quotas& quotas, const Principal& who, Dialect dialect, Instant now) {
  if (!quotas.any() || who.key.empty()) return;
  std::vector<Quotas::Standing> standings = quotas.of(who, now);
  for (auto of : {requests_of, tokens_of}) {
    Rate least;
    for (const Quotas::Standing& standing : standings) {
      Rate rate = of(standing);
      if (rate.a_minute > 0 && (least.a_minute == 0 || rate.left < least.left)) least = rate;
    }
    add(headers, least, dialect, now);
  }
}

}  // namespace entente::api
