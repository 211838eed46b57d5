// What follows when a deployment has refused or failed, and nothing has reached the client: pure rules by kind of
// failure.
//
//   the request's own fault (invalid_request, forbidden), or the client has left   stop
//   a key that was refused or used too often, while the provider has others        the same deployment, with another
//   key a kept connection that turned out to be closed                                 the same deployment, once
//   everything else: connect, TLS, 429, 5xx, timeouts, cut, cannot, too long …     the next deployment
//
// There is no second round: the clients' own libraries try again, and two that do make storms. What is left to say
// about the time (retry_after) is the soonest of all that was said.
#pragma once

#include "base/error.hpp"

namespace entente::policy {

enum class Next { stop, same_deployment, next_deployment };

// `tries`: how often this deployment was sent this work. `filter_next`: a refusal by a maker's content filter is not
// the last word (a model's setting).
Next after_failure(const Error& error, unsigned tries, bool filter_next = false);

// Which of two failures the client is told: the one that helps more; with the sooner of their times.
Error more_telling(Error former, Error latter);

}  // namespace entente::policy
