// How many sequences of what length a model is given, when the configuration leaves it open. Pure.
//
// Each sequence has its own cells for keys and values, all taken when the model is loaded. The budget is an eighth of
// the memory that is free: a model must not crowd out what else runs here. Sequences come first, because batching is
// what makes a small machine serve several people; they are given up when they would be shorter than a useful
// conversation.
#pragma once

#include <cstdint>

namespace entente::local {

struct ModelNeeds {
  std::uint64_t bytes_per_token = 0;         // of keys and values
  std::uint32_t trained_context_tokens = 0;  // 0: unknown
};

struct Shape {
  std::uint32_t sequences = 1;
  std::uint32_t context_tokens = 0;  // of each
  friend bool operator==(const Shape&, const Shape&) = default;
};

// `sequences` and `context_tokens` are the configuration's wishes, 0: none; a wish is kept, whatever it costs, except
// that a context is never longer than the model was trained for.
Shape choose_shape(const ModelNeeds& needs, std::uint32_t sequences, std::uint32_t context_tokens,
                   std::uint64_t available_memory);

}  // namespace entente::local
