// What a model takes of the memory, and how many sequences of what length it is given when the configuration leaves
// that open. Pure; bytes are bytes.
//
// Each sequence has its own cells for keys and values, all taken when the model is loaded. Sequences come first,
// because batching is what makes a small machine serve several people; they are given up when they would be shorter
// than a useful conversation.
#pragma once

#include <cstdint>
#include <optional>

namespace entente::local {

struct ModelNeeds {
  std::uint64_t bytes_per_token = 0;         // of keys and values
  std::uint32_t trained_context_tokens = 0;  // 0: unknown
  std::uint64_t weights = 0;
  std::uint32_t vocabulary = 0, width = 0;  // of the logits and of the layers: what a step's buffers grow with
  bool reads_whole = false;                 // a text is computed at once, and nothing of it is kept
  std::uint64_t draft_bytes_per_token = 0;  // of a draft model: keys and values, for each of its own sequences
};

constexpr std::uint32_t draft_sequences = 4;  // more answers at once use a step well enough without guesses

constexpr std::uint32_t usual_context = 4096;  // the longest that a sequence gets unasked

struct Shape {
  std::uint32_t sequences = 1;
  std::uint32_t context_tokens = 0;  // of each
  friend bool operator==(const Shape&, const Shape&) = default;
};

// `sequences` and `context_tokens` are the configuration's wishes, 0: none; a wish is kept, whatever it costs, except
// that a context is never longer than the model was trained for. `cells`: what keys and values may take.
Shape choose_shape(const ModelNeeds& needs, std::uint32_t sequences, std::uint32_t context_tokens, std::uint64_t cells);

// What a step may hold at once, in tokens, where a text is computed in several steps.
std::uint32_t batch_of(const Shape& shape);

// Everything the model takes once it is loaded, but for its computed prompts: weights, keys and values, the buffers of
// a step (measured: within 5 % for a model of 135M), the vocabulary.
std::uint64_t bytes_of(const ModelNeeds& needs, const Shape& shape);

// What the configuration asks for; 0: whatever fits. No prefix_bytes: whatever fits.
struct Wishes {
  std::uint32_t sequences = 0, context_tokens = 0;
  std::optional<std::uint64_t> prefix_bytes = {};
};

struct Size {
  Shape shape;
  std::uint64_t prefix_bytes = 0;  // for computed prompts at rest
  std::uint64_t bytes = 0;         // of everything
};

// Within a `budget` for all models: what the model cannot do without; what serves several people; what it is given in
// `room` bytes. A model alone does not take the whole budget: others are to fit beside it.
Size least_size(const ModelNeeds& needs, const Wishes& wishes);
Size useful_size(const ModelNeeds& needs, const Wishes& wishes, std::uint64_t budget);
Size size_in(const ModelNeeds& needs, const Wishes& wishes, std::uint64_t budget, std::uint64_t room);

// Of a budget, what one model's keys and values may take, and its computed prompts.
std::uint64_t usual_cells(std::uint64_t budget);
std::uint64_t usual_prefixes(std::uint64_t budget);

}  // namespace entente::local
