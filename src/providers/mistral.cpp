// Mistral: OpenAI's dialect, with its own names and call ids of nine letters; what it does not know it refuses.
#include "providers/chat_completions.hpp"
#include "providers/makers.hpp"

namespace entente::providers {

std::unique_ptr<Maker> make_mistral(const ProviderOptions&) {
  return std::make_unique<ChatCompletions>(
      wire::CallForm{.seed = "random_seed",
                     .stream_options = false,
                     .image_detail = false,
                     .speaker_names = false,
                     .short_call_ids = true,
                     .required_calls = "any"},
      Abilities{.logprobs = false,
                .top_logprobs = false,
                .logit_bias = false,
                .top_k = false,
                .min_p = false,
                .repetition_penalty = false,
                .most_temperature = 1.5,
                .embeddings = true},
      wire::EmbeddingsForm{.dimensions = "output_dimension", .encoding_format = false});
}

}  // namespace entente::providers
