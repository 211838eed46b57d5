// The providers of the configuration as the gateway reaches them: this process under the name "local", and everybody
// who is configured. What did not change since `before` is kept, with its connections and what is known of its health.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "gateway/run.hpp"
#include "providers/local.hpp"
#include "providers/options.hpp"

namespace entente::app {

struct ReachedProviders {
  std::map<std::string, providers::ProviderOptions, std::less<>> options;
  gateway::Gateway::Providers all;
};

// `instance`: this server's own name in entente-via. Fails when a secret cannot be read or a certificate cannot be
// used.
Result<ReachedProviders> reach_providers(const config::Config& config, std::shared_ptr<providers::LocalProvider> local,
                                         const std::string& instance, const ReachedProviders& before);

}  // namespace entente::app
