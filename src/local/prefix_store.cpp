#include "local/prefix_store.hpp"

#include <algorithm>

namespace entente::local {

std::size_t common_tokens(std::span<const Token> a, std::span<const Token> b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

PrefixStore::Found PrefixStore::find(std::string_view owner, std::span<const Token> prompt) {
  Entry* best = nullptr;
  std::size_t most = 0;
  for (Entry& entry : entries_) {
    if (entry.owner != owner) continue;
    std::size_t tokens = common_tokens(entry.tokens, prompt);
    // Of two that hold as much, the smaller is put back faster.
    if (tokens > most || (tokens == most && best && entry.state.size() < best->state.size())) {
      most = tokens;
      best = &entry;
    }
  }
  if (!best || most == 0) return {};
  best->uses += static_cast<double>(most) / static_cast<double>(best->tokens.size());
  best->worth = age_ + worth_of(*best);
  return {.tokens = most, .state = best->state};
}

std::size_t PrefixStore::known(std::string_view owner, std::span<const Token> prompt) const {
  std::size_t most = 0;
  for (const Entry& entry : entries_) {
    if (entry.owner == owner) most = std::max(most, common_tokens(entry.tokens, prompt));
  }
  return most;
}

void PrefixStore::keep(std::string_view owner, std::vector<Token> tokens, std::vector<std::uint8_t> state) {
  double uses = 1;
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->owner == owner && common_tokens(at->tokens, tokens) == at->tokens.size()) {
      uses = std::max(uses, at->uses);
      bytes_ -= at->state.size();
      at = entries_.erase(at);
    } else {
      ++at;
    }
  }
  if (state.size() > budget_) return;
  make_room(state.size());
  bytes_ += state.size();
  entries_.push_back(
      {.owner = std::string(owner), .tokens = std::move(tokens), .state = std::move(state), .uses = uses});
  entries_.back().worth = age_ + worth_of(entries_.back());
}

void PrefixStore::take(std::uint64_t bytes) {
  make_room(bytes);
  bytes_ += bytes;
}

// Seconds saved for each byte, up to a factor: the n-th token costs more than the first, its cells the same.
double PrefixStore::worth_of(const Entry& entry) const {
  double tokens = static_cast<double>(entry.tokens.size());
  return entry.uses * tokens * (1 + tokens / 4000) / static_cast<double>(std::max<std::size_t>(1, entry.state.size()));
}

void PrefixStore::make_room(std::uint64_t bytes) {
  while (!entries_.empty() && bytes_ + bytes > budget_) {
    auto least = std::ranges::min_element(entries_, {}, &Entry::worth);
    age_ = std::max(age_, least->worth);
    bytes_ -= least->state.size();
    entries_.erase(least);
  }
}

}  // namespace entente::local
