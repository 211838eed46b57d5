// Another Entente: whatever it can be asked for. It finds out by entente-via when a request comes round in a circle.
#include "providers/chat_completions.hpp"
#include "providers/makers.hpp"

namespace entente::providers {

std::unique_ptr<Maker> make_entente(const ProviderOptions&) {
  return std::make_unique<ChatCompletions>(wire::CallForm{.thoughts = "reasoning_content",
                                                          .developer_role = true,
                                                          .allowed_tools = true,
                                                          .end_user = true,
                                                          .effort_none = true,
                                                          .top_level_extensions = true},
                                           Abilities{.embeddings = true,
                                                     .embeddings_of_tokens = true,
                                                     .images = true,
                                                     .transcription = true,
                                                     .speech = true,
                                                     .moderation = true,
                                                     .token_counts = true});
}

}  // namespace entente::providers
