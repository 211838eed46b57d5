// Numbers between bounds, as grammars of their decimal digits. Pure.
#pragma once

#include <optional>
#include <string>

#include "grammar/grammar.hpp"

namespace entente::grammar {

// A bound as JSON would write it without an exponent: "-12.5".
struct Bound {
  std::string decimal;
  bool itself = true;  // the bound is allowed
};

// Whole numbers, at most 18 digits. Nothing when no number lies between them.
std::optional<Node> integers_between(Grammar& grammar, std::optional<std::int64_t> least,
                                     std::optional<std::int64_t> most);

// Numbers without exponent. `most_fraction`: digits behind the point, at most. Nothing when no number lies between.
std::optional<Node> numbers_between(Grammar& grammar, const std::optional<Bound>& least,
                                    const std::optional<Bound>& most, std::uint32_t most_fraction = 16);

// Multiples of 10, 100, …: zero, and whole numbers of at most 15 digits of which the last `zeros` (1 to 14) are 0.
// Nothing when none lies between.
std::optional<Node> multiples_between(Grammar& grammar, const std::optional<Bound>& least,
                                      const std::optional<Bound>& most, std::uint32_t zeros);

}  // namespace entente::grammar
