// PromptSpeed: what a prompt's tokens cost on this machine, learnt from the steps that read it.
//
// A token costs a + b × depth, because it looks at all that stands before it. Two such prices are learnt, for small
// pieces of a prompt and for large ones: from 64 tokens of one sequence on, ggml's flash attention works on processors
// in tiles of 64, so that what lies deep in a text costs a third of what it costs token by token, and a tile that is
// not full as much as a full one (docs/benchmarks.md). Each is a least-squares fit that forgets fast. Depth is in
// tokens. Pure.
#pragma once

#include <cstdint>

namespace entente::local {

class PromptSpeed {
 public:
  static constexpr std::uint32_t tile = 64;  // tokens; a piece of so many is a large one

  void learn(std::uint32_t tokens, double depth, double seconds);  // `depth`: the mean position of the piece's tokens
  bool known() const { return small_.known() || large_.known(); }

  double seconds(std::uint32_t tokens, double depth) const;
  // The most tokens, the first of them at `depth`, that take no longer; can be 0.
  std::uint32_t tokens_within(double seconds, double depth) const;

 private:
  struct Price {                 // in seconds
    double token = 0, look = 0;  // of a token, and of each token that it looks at
  };
  class Fit {
   public:
    void learn(double tokens, double looks, double depth, double seconds);
    bool known() const { return w_ > 0; }
    bool knows(double depth) const { return depth <= 2 * deepest_ + tile; }
    Price price() const;

   private:
    double deepest_ = 0;  // of what was learnt; fades
    // Sums of the fit y = token + look · l over a step's mean token, y its seconds, l what it looks at; old ones fade.
    double w_ = 0, l_ = 0, ll_ = 0, y_ = 0, yl_ = 0;
  };

  Fit small_, large_;
};

}  // namespace entente::local
