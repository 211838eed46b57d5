// Rightness: how likely the next proposed token of an answer is right, learnt from how its earlier proposals came out;
// recent ones count more. Of one answer and one way to propose. Pure.
#pragma once

#include <algorithm>
#include <cstddef>

namespace entente::local {

class Rightness {
 public:
  // Before anything was checked: as if so many had been, `value` of them right.
  Rightness(double value = 0.5, double checked = 2) : right_(value * checked), tried_(checked) {}

  // Of a proposal of so many tokens, the model said the first `right` itself.
  void checked(std::size_t proposed, std::size_t right) {
    constexpr double forgetting = 0.95;                               // of earlier checks, with each new one
    auto tried = static_cast<double>(std::min(proposed, right + 1));  // after the first wrong one nothing was tried
    right_ = forgetting * right_ + static_cast<double>(right);
    tried_ = forgetting * tried_ + tried;
  }

  double value() const { return right_ / tried_; }  // between 0 and 1

 private:
  double right_, tried_;
};

}  // namespace entente::local
