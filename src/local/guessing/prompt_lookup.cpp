#include "local/guessing/prompt_lookup.hpp"

#include <algorithm>

namespace entente::local {

namespace {

constexpr std::size_t words = 3;  // tokens that must have stood together before

std::uint64_t key_of(const std::int32_t* tokens) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < words; ++i) key = (key ^ static_cast<std::uint32_t>(tokens[i])) * 0x9E3779B97F4A7C15ULL;
  return key;
}

}  // namespace

void PromptLookup::add(std::span<const Token> tokens) {
  for (Token token : tokens) {
    text_.push_back(token);
    // Noted only once it is known what follows: the end of the text must not find itself.
    if (text_.size() <= words) continue;
    std::size_t at = text_.size() - 1;
    follows_[key_of(&text_[at - words])] = static_cast<std::uint32_t>(at);
  }
}

std::vector<PromptLookup::Token> PromptLookup::propose(std::size_t most) const {
  if (text_.size() < words) return {};
  const Token* last = &text_[text_.size() - words];
  auto found = follows_.find(key_of(last));
  if (found == follows_.end()) return {};
  std::size_t from = found->second;
  if (!std::equal(last, last + words, &text_[from - words])) return {};  // two threes with one key
  std::size_t count = std::min(most, text_.size() - from);
  // A picture cannot be said.
  auto end = std::find_if(&text_[from], &text_[from] + count, [](Token token) { return token < 0; });
  return {&text_[from], end};
}

}  // namespace entente::local
