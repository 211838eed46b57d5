#include "providers/all.hpp"

#include <algorithm>
#include <format>

#include "providers/makers.hpp"
#include "providers/remote.hpp"

namespace entente::providers {

namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Maker> (*make)(const ProviderOptions&);
  std::string_view endpoint;  // the maker's own; empty: one must be configured
};

constexpr Kind kinds[] = {
    {"anthropic", make_anthropic, "https://api.anthropic.com"},
    {"azure-openai", make_azure, ""},
    {"bedrock", make_bedrock, "https://bedrock-runtime.{region}.amazonaws.com"},
    {"entente", make_entente, ""},
    {"gemini", make_gemini, "https://generativelanguage.googleapis.com/v1"},
    {"mistral", make_mistral, "https://api.mistral.ai/v1"},
    {"openai", make_openai, "https://api.openai.com/v1"},
    {"openai-compatible", make_openai_compatible, ""},
    {"xai", make_xai, "https://api.x.ai/v1"},
};

}  // namespace

Result<std::shared_ptr<Provider>> make_provider(const ProviderOptions& options) {
  auto kind = std::ranges::find(kinds, options.kind, &Kind::name);
  if (kind == std::end(kinds))
    return fail(ErrorCode::invalid_request, std::format("There is no provider of the kind \"{}\".", options.kind));
  ProviderOptions complete = options;
  if (complete.endpoint.empty()) complete.endpoint = kind->endpoint;
  if (constexpr std::string_view place = "{region}"; complete.endpoint.contains(place))
    complete.endpoint.replace(complete.endpoint.find(place), place.size(), options.region);
  if (!options.token.empty()) complete.keys = {options.token};
  if (complete.endpoint.empty()) {
    return fail(
        ErrorCode::invalid_request,
        std::format("The provider \"{}\" needs an endpoint, like \"https://models.example.org/v1\".", options.name));
  }
  return RemoteProvider::create(std::move(complete), kind->make(options), options.endpoint.empty());
}

std::vector<std::string> remote_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

}  // namespace entente::providers
