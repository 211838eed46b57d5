// Money: a 64-bit count of nano-units (10^-9 of the currency's unit) and its ISO 4217 code. Prices are nano-units per
// million tokens; a product is taken in 128 bits and rounded once, half to even, so that sums match invoices.
// Pure; overflow is an Error, never a wrap.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace entente {

struct Money {
  std::int64_t nano = 0;
  std::string currency;  // "EUR"; empty only for a zero that has no price behind it

  friend bool operator==(const Money&, const Money&) = default;
};

// tokens × nano-units per million tokens, rounded half to even.
Result<std::int64_t> cost_in_nano(std::int64_t tokens, std::int64_t nano_per_million);

}  // namespace entente
