// OpenAI, and servers that speak its dialect: vLLM, llama-server, Ollama, Groq, regional partners.
#include "providers/chat_completions.hpp"
#include "providers/makers.hpp"

namespace entente::providers {

std::unique_ptr<Maker> make_openai(const ProviderOptions&) {
  return std::make_unique<ChatCompletions>(
      wire::CallForm{
          .max_tokens = "max_completion_tokens", .developer_role = true, .allowed_tools = true, .end_user = true},
      Abilities{.top_k = false,
                .min_p = false,
                .repetition_penalty = false,
                .most_stops = 4,
                .embeddings = true,
                .embeddings_of_tokens = true,
                .images = true,
                .transcription = true,
                .speech = true,
                .moderation = true,
                .token_counts = true},
      wire::EmbeddingsForm{.end_user = true});
}

std::unique_ptr<Maker> make_openai_compatible(const ProviderOptions&) {
  return std::make_unique<ChatCompletions>(
      wire::CallForm{.thoughts = "reasoning_content", .top_level_extensions = true},
      Abilities{.embeddings = true,
                .embeddings_of_tokens = true,
                .images = true,
                .transcription = true,
                .speech = true,
                .moderation = true});
}

}  // namespace entente::providers
