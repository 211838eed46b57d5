#include "local/sizing.hpp"

#include <algorithm>

namespace entente::local {

namespace {
constexpr std::uint32_t usual_sequences = 8;  // twice the throughput of 4 on two cores; docs/benchmarks.md
constexpr std::uint32_t usual_context = 4096;
constexpr std::uint32_t useful_context = 2048;  // a few turns of a conversation
constexpr std::uint32_t least_context = 512;
constexpr std::uint32_t granule = 256;  // libllama rounds up to this
}  // namespace

Shape choose_shape(const ModelNeeds& needs, std::uint32_t sequences, std::uint32_t context_tokens,
                   std::uint64_t available_memory) {
  std::uint32_t trained = needs.trained_context_tokens ? needs.trained_context_tokens : usual_context;
  std::uint64_t cells = available_memory / 8 / std::max<std::uint64_t>(1, needs.bytes_per_token);
  Shape shape{.sequences = sequences, .context_tokens = std::min(context_tokens, trained)};
  if (shape.sequences == 0) {
    std::uint32_t length = shape.context_tokens ? shape.context_tokens : std::min(trained, useful_context);
    shape.sequences = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(cells / length, 1, usual_sequences));
  }
  if (shape.context_tokens == 0) {
    auto fits = static_cast<std::uint32_t>(std::min<std::uint64_t>(cells / shape.sequences, usual_context));
    shape.context_tokens = std::min(trained, std::max(least_context, fits / granule * granule));
  }
  return shape;
}

}  // namespace entente::local
