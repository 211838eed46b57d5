// What a piece of work consumed, in tokens of the model that did it. cached_tokens are part of prompt_tokens,
// reasoning_tokens part of completion_tokens: each token is counted once. Energy is that of this machine's processors
// while they computed it, its part of each step that it shared with others.
#pragma once

#include <cstdint>
#include <optional>

namespace entente {

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_tokens = 0;      // of the prompt, not computed again
  std::int64_t completion_tokens = 0;  // over all choices
  std::int64_t reasoning_tokens = 0;
  std::optional<std::int64_t> energy_mj;  // millijoules; none: not known

  std::int64_t total_tokens() const { return prompt_tokens + completion_tokens; }
  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace entente
