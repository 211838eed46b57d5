// PromptLookup: guesses what an answer says next from what the conversation already holds.
//
// Answers copy: names, code under revision, sentences of the document they are about. Where the last three tokens stood
// before, the tokens that followed then are proposed; the model checks all of them in one step, which costs little more
// than a step for one, and what it would not have said itself is thrown away. Each token is chosen as it would be
// without; only libllama's last digits depend on what shares a step, here as everywhere (docs/limitations.md).
// (Saxena, "Prompt Lookup Decoding", 2023.)
//
// How many are worth proposing depends on how often proposals were right so far (rightness.hpp) and on what a further
// token costs in a step (speed.hpp). One answer, one thread. Pure.
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

 private:
  std::vector<Token> text_;
  std::unordered_map<std::uint64_t, std::uint32_t> follows_;  // three tokens -> where the text went on after them
};

}  // namespace entente::local
