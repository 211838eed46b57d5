#include "app/server/reached_providers.hpp"

#include <format>

#include "providers/all.hpp"

namespace entente::app {

namespace {

Result<std::string> secret_of(const config::Provider& provider, std::string_view what, const config::Secret& secret) {
  if (secret.empty()) return std::string();
  Result<std::string> read = secret.read();
  if (read) return read;
  Error error = std::move(read.error());
  error.message = std::format("The provider \"{}\": {}: {}", provider.name, what, error.message);
  return fail(std::move(error));
}

Result<providers::ProviderOptions> options_of(const config::Provider& provider, const std::string& instance) {
  providers::ProviderOptions options{.name = provider.name,
                                     .kind = provider.kind,
                                     .endpoint = provider.endpoint,
                                     .keys = {},
                                     .api_version = provider.api_version,
                                     .token = {},
                                     .region = provider.region,
                                     .access_key_id = {},
                                     .session_token = {},
                                     .ca_file = provider.ca_file,
                                     .client_certificate = provider.client_certificate,
                                     .client_key = provider.client_key,
                                     .connect_time = provider.connect_time,
                                     .headers_time = provider.headers_time,
                                     .first_token_time = provider.first_token_time,
                                     .between_tokens_time = provider.between_tokens_time,
                                     .instance = instance};
  if (!provider.api_key.empty()) {
    TRY_ASSIGN(std::string key, secret_of(provider, "api_key", provider.api_key));
    options.keys.push_back(std::move(key));
  }
  for (const config::Secret& secret : provider.api_keys) {
    TRY_ASSIGN(std::string key, secret_of(provider, "api_keys", secret));
    options.keys.push_back(std::move(key));
  }
  TRY_ASSIGN(options.token, secret_of(provider, "token", provider.token));
  TRY_ASSIGN(options.access_key_id, secret_of(provider, "access_key_id", provider.access_key_id));
  TRY_ASSIGN(options.session_token, secret_of(provider, "session_token", provider.session_token));
  return options;
}

}  // namespace

Result<ReachedProviders> reach_providers(const config::Config& config, std::shared_ptr<providers::LocalProvider> local,
                                         const std::string& instance, const ReachedProviders& before) {
  ReachedProviders reached;
  reached.all.emplace("local", local);
  for (const config::Provider& provider : config.providers) {
    if (provider.kind == "local") {
      reached.all.emplace(provider.name, local);
      continue;
    }
    TRY_ASSIGN(providers::ProviderOptions options, options_of(provider, instance));
    auto known = before.options.find(provider.name);
    if (known != before.options.end() && known->second == options) {
      reached.all.emplace(provider.name, before.all.at(provider.name));
    } else {
      TRY_ASSIGN(auto made, providers::make_provider(options));
      reached.all.emplace(provider.name, std::move(made));
    }
    reached.options.emplace(provider.name, std::move(options));
  }
  return reached;
}

}  // namespace entente::app
