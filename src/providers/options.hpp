// What is configured of one provider, as plain values with its secrets read: from [[providers]].
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace entente::providers {

struct ProviderOptions {
  std::string name;      // "azure-sweden"
  std::string kind;      // "azure-openai": one of all.cpp
  std::string endpoint;  // empty: the maker's own
  std::vector<std::string> keys;
  std::string api_version;    // azure-openai
  std::string token;          // azure-openai: an Entra bearer token instead of a key
  std::string region;         // bedrock
  std::string access_key_id;  // bedrock; its secret is the key
  std::string session_token;  // bedrock
  std::string ca_file, client_certificate, client_key;
  std::chrono::milliseconds connect_time{10'000}, headers_time{60'000}, first_token_time{120'000},
      between_tokens_time{60'000};
  std::string instance;  // of this server, to recognise a request that comes back

  friend bool operator==(const ProviderOptions&, const ProviderOptions&) = default;
};

}  // namespace entente::providers
