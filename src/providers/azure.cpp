// Azure OpenAI: OpenAI's dialect under Azure's paths and keys. With an api_version the deployment's name stands in the
// path; without one the newer v1 paths are used, where it is the model. A token of Entra instead of a key is sent as a
// bearer.
#include <format>

#include "net/client.hpp"
#include "providers/chat_completions.hpp"
#include "providers/makers.hpp"

namespace entente::providers {

namespace {

class Azure final : public ChatCompletions {
 public:
  Azure(const ProviderOptions& options, wire::CallForm form, Abilities abilities)
      : ChatCompletions(form, abilities, {.end_user = true}),
        version_(options.api_version),
        has_token_(!options.token.empty()) {}

 private:
  std::string target(const Deployment& deployment, std::string_view operation) const override {
    if (version_.empty()) return std::format("/openai/v1/{}", operation);
    return std::format("/openai/deployments/{}/{}?api-version={}", net::encode_segment(deployment.model), operation,
                       net::encode_segment(version_));
  }
  void authorize(net::Headers& headers, const std::string& key) const override {
    if (has_token_) {
      headers.add("authorization", "Bearer " + key);
    } else {
      headers.add("api-key", key);
    }
  }

  const std::string version_;
  const bool has_token_;
};

}  // namespace

std::unique_ptr<Maker> make_azure(const ProviderOptions& options) {
  return std::make_unique<Azure>(
      options, wire::CallForm{.max_tokens = "max_completion_tokens", .developer_role = true, .end_user = true},
      Abilities{.top_k = false,
                .min_p = false,
                .repetition_penalty = false,
                .most_stops = 4,
                .embeddings = true,
                .embeddings_of_tokens = true,
                .images = true,
                .transcription = true,
                .speech = true});
}

}  // namespace entente::providers
