// What a client is told of its quotas with every answer: how much of a minute's requests and tokens is left, in the
// headers that OpenAI's and Anthropic's SDKs show. Nothing where no quota is for who asks. Any thread.
#pragma once

#include "api/dialect.hpp"
#include "base/clock.hpp"
#include "domain/principal.hpp"
#include "ledger/quotas.hpp"
#include "net/http.hpp"

namespace entente::api {

void add_rates(net::Headers& headers, ledger::Quotas& quotas, const Principal& who, Dialect dialect, Instant now);

}  // namespace entente::api
