// Trial: whether a way that costs something first is still worth going. It is gone for a while and measured against
// what the same would have taken without; where that was no gain, it is left alone and tried again later, each time
// after twice as long. Whatever the reason is that it does not pay, it costs little. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace entente::local {

class Trial {
 public:
  // Asked each time that it could be gone.
  bool worth_it() {
    if (rest_ == 0) return true;
    --rest_;
    return false;
  }

  // It was gone: what it took, and what the same would have taken without. A time that only prepares later ones costs,
  // and is not judged by itself.
  void measured(double seconds, double without, bool prepares = false) {
    constexpr std::uint32_t enough = 24;  // times, for a verdict
    constexpr double least_gain = 0.97;
    constexpr std::uint32_t first_rest = 200, longest_rest = 6400;
    seconds_ += prepares ? seconds - without : seconds;
    if (prepares) return;
    without_ += without;
    if (++times_ < enough) return;
    bool pays = seconds_ < least_gain * without_;
    next_rest_ = pays ? first_rest : std::clamp(next_rest_ * 2, first_rest, longest_rest);
    if (!pays) rest_ = next_rest_;
    times_ = 0;
    seconds_ = without_ = 0;
  }

 private:
  std::uint32_t times_ = 0, rest_ = 0, next_rest_ = 0;
  double seconds_ = 0, without_ = 0;
};

}  // namespace entente::local
