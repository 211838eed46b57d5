#include "ledger/price.hpp"

namespace entente::ledger {

Result<Money> cost_of(const Usage& usage, const std::optional<Price>& price) {
  if (!price) return Money{};
  // Cached tokens are a part of the prompt's, and are billed once, at their own price.
  std::int64_t cached = price->cached_input_nano_per_million ? usage.cached_tokens : 0;
  TRY_ASSIGN(std::int64_t input, cost_in_nano(usage.prompt_tokens - cached, price->input_nano_per_million));
  if (cached > 0) {
    TRY_ASSIGN(std::int64_t again, cost_in_nano(cached, *price->cached_input_nano_per_million));
    if (__builtin_add_overflow(input, again, &input))
      return fail(ErrorCode::invalid_request, "The amount is larger than an account can hold.");
  }
  TRY_ASSIGN(std::int64_t output, cost_in_nano(usage.completion_tokens, price->output_nano_per_million));
  std::int64_t sum = 0;
  if (__builtin_add_overflow(input, output, &sum)) {
    return fail(ErrorCode::invalid_request, "The amount is larger than an account can hold.");
  }
  return Money{sum, price->currency};
}

Result<Money> most_cost_of(std::int64_t prompt_tokens, std::int64_t most_completion_tokens,
                           const std::optional<Price>& price) {
  return cost_of({.prompt_tokens = prompt_tokens, .completion_tokens = most_completion_tokens}, price);
}

}  // namespace entente::ledger
