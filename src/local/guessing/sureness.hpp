// Sureness: how likely a small model's guess is right, given how likely the small model itself takes it to be. The two
// are not the same: where a large model always says its likeliest token, a guess that the small one gives a third of
// the chance is right far more often than that; where tokens are drawn, it is not. Learnt from what was checked. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "local/guessing/rightness.hpp"

namespace entente::local {

class Sureness {
 public:
  // `given`: by the small model, between 0 and 1.
  double chance(double given) const { return kinds_.at(kind(given)).value(); }
  void checked(double given, bool right) { kinds_.at(kind(given)).checked(1, right ? 1 : 0); }

 private:
  static constexpr std::size_t kinds = 8;
  static std::size_t kind(double given) {
    return std::min(kinds - 1, static_cast<std::size_t>(std::max(0.0, given) * static_cast<double>(kinds)));
  }

  std::array<Rightness, kinds> kinds_ = [] {
    std::array<Rightness, kinds> out;
    constexpr double weight = 4;
    for (std::size_t i = 0; i < kinds; ++i) out.at(i) = {0.4 + 0.6 * (static_cast<double>(i) + 0.5) / kinds, weight};
    return out;
  }();
};

}  // namespace entente::local
