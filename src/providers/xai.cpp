// xAI's Grok: OpenAI's dialect; thoughts are counted beside the completion, which the decoder sees by the total.
#include "providers/chat_completions.hpp"
#include "providers/makers.hpp"

namespace entente::providers {

std::unique_ptr<Maker> make_xai(const ProviderOptions&) {
  return std::make_unique<ChatCompletions>(wire::CallForm{.max_tokens = "max_completion_tokens", .end_user = true},
                                           Abilities{.top_k = false, .min_p = false, .repetition_penalty = false});
}

}  // namespace entente::providers
