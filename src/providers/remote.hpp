// RemoteProvider: any maker's endpoint as a provider: net::Upstream carries, a Maker speaks, and what is known of each
// deployment's health decides whether work may go there now.
//
// offer() refuses work the maker cannot do, then what the breaker, the keys or the slots do not let through. send()
// ends in a stream whose failures say in their reason what may help (policy/failover.hpp). Any thread.
#pragma once

#include <memory>

#include "providers/maker.hpp"
#include "providers/provider.hpp"

namespace entente::providers {

class RemoteProvider : public Provider {
 public:
  // `makers_own`: the endpoint is the maker's own, where no request can come back from.
  static Result<std::shared_ptr<Provider>> create(ProviderOptions options, std::unique_ptr<Maker> maker,
                                                  bool makers_own);
};

}  // namespace entente::providers
