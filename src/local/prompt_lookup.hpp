// PromptLookup: guesses what an answer says next from what the conversation already holds.
//
// Answers copy: names, code under revision, sentences of the document they are about. Where the last three tokens stood
// before, the tokens that followed then are proposed; the model checks all of them in one step, which costs little more
// than a step for one, and what it would not have said itself is thrown away. Each token is chosen as it would be
// without; only libllama's last digits depend on what shares a step, here as everywhere (docs/limitations.md).
// (Saxena, "Prompt Lookup Decoding", 2023.)
//
// How many are worth proposing depends on how often proposals were right so far, which this counts, and on what a
// further token costs in a step, which speed.hpp knows. One answer, one thread. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace entente::local {

class PromptLookup {
 public:
  using Token = std::int32_t;

  // More of the text: the prompt first, then each token that is said.
  void add(std::span<const Token> tokens);

  // What followed the last time, at most `most` tokens; empty when the last words are new.
  std::vector<Token> propose(std::size_t most) const;

  // Of a proposal of so many tokens, the model said the first `right` itself.
  void checked(std::size_t proposed, std::size_t right);

  // How likely the next proposed token is right: between 0 and 1, recent ones count more.
  double rightness() const { return right_ / tried_; }

 private:
  std::vector<Token> text_;
  std::unordered_map<std::uint64_t, std::uint32_t> follows_;  // three tokens -> where the text went on after them
  double right_ = 1, tried_ = 2;                              // as if one of two had been right
};

}  // namespace entente::local
