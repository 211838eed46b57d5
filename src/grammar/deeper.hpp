// Deeper: counts, for as long as it lives, that a recursion stands one level deeper. Pure.
#pragma once

#include <cstdint>

namespace entente::grammar {

class Deeper {
 public:
  explicit Deeper(std::uint32_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  std::uint32_t& depth_;
};

}  // namespace entente::grammar
