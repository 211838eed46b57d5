#include "local/model/sizing.hpp"

#include <algorithm>

namespace entente::local {

namespace {
constexpr std::uint32_t usual_sequences = 8;    // twice the throughput of 4 on two cores; docs/benchmarks.md
constexpr std::uint32_t useful_context = 2048;  // a few turns of a conversation
constexpr std::uint32_t least_context = 512;
constexpr std::uint32_t granule = 256;  // libllama rounds up to this
}  // namespace

Shape choose_shape(const ModelNeeds& needs, std::uint32_t sequences, std::uint32_t context_tokens,
                   std::uint64_t cells_bytes) {
  std::uint32_t trained = needs.trained_context_tokens ? needs.trained_context_tokens : usual_context;
  std::uint64_t cells = cells_bytes / std::max<std::uint64_t>(1, needs.bytes_per_token);
  Shape shape{.sequences = sequences, .context_tokens = std::min(context_tokens, trained)};
  if (needs.reads_whole) {
    // Buffers grow with the longest text, and more places cost nothing: short texts are computed together.
    if (shape.sequences == 0) shape.sequences = usual_sequences;
    if (shape.context_tokens == 0) shape.context_tokens = std::min(trained, useful_context);
    return shape;
  }
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

std::uint32_t batch_of(const Shape& shape) { return std::min<std::uint32_t>(512, shape.context_tokens); }

std::uint64_t bytes_of(const ModelNeeds& needs, const Shape& shape) {
  constexpr std::uint64_t bytes_per_number = 4, layers_at_once = 8, bytes_per_spelling = 256;
  if (needs.reads_whole) {
    // Each token looks at each other one, by so many heads at a time.
    constexpr std::uint64_t heads = 16;
    std::uint64_t numbers = layers_at_once * needs.width + heads * shape.context_tokens;
    return needs.weights + shape.context_tokens * (numbers * bytes_per_number + needs.bytes_per_token) +
           needs.vocabulary * bytes_per_spelling;
  }
  std::uint64_t numbers_per_token = needs.vocabulary + layers_at_once * needs.width;
  std::uint64_t cells = shape.sequences * needs.bytes_per_token + draft_sequences * needs.draft_bytes_per_token;
  return needs.weights + shape.context_tokens * cells + batch_of(shape) * numbers_per_token * bytes_per_number +
         needs.vocabulary * bytes_per_spelling;
}

namespace {

Size sized(const ModelNeeds& needs, const Wishes& wishes, std::uint64_t cells, std::uint64_t prefix_bytes) {
  Shape shape = choose_shape(needs, wishes.sequences, wishes.context_tokens, cells);
  std::uint64_t prefixes = needs.reads_whole ? 0 : wishes.prefix_bytes.value_or(prefix_bytes);
  return {.shape = shape, .prefix_bytes = prefixes, .bytes = bytes_of(needs, shape) + prefixes};
}

}  // namespace

Size least_size(const ModelNeeds& needs, const Wishes& wishes) { return sized(needs, wishes, 0, 0); }

Size useful_size(const ModelNeeds& needs, const Wishes& wishes, std::uint64_t budget) {
  return sized(needs, wishes, usual_cells(budget) / 2, usual_prefixes(budget) / 4);
}

Size size_in(const ModelNeeds& needs, const Wishes& wishes, std::uint64_t budget, std::uint64_t room) {
  std::uint64_t cells = usual_cells(budget), prefixes = usual_prefixes(budget);
  while (true) {
    Size size = sized(needs, wishes, cells, prefixes);
    if (size.bytes <= room || (cells == 0 && prefixes == 0)) return size;
    constexpr std::uint64_t too_little_to_matter = 1024 * 1024;
    for (std::uint64_t* some : {&cells, &prefixes}) *some = *some < too_little_to_matter ? 0 : *some / 8 * 7;
  }
}

std::uint64_t usual_cells(std::uint64_t budget) { return budget / 4; }
std::uint64_t usual_prefixes(std::uint64_t budget) { return std::min<std::uint64_t>(budget / 8, 512 * 1024 * 1024); }

}  // namespace entente::local
