#include "local/memory/prefix_store.hpp"

#include <algorithm>
#include <functional>
#include <ranges>

namespace entente::local {

std::size_t common_tokens(std::span<const Token> a, std::span<const Token> b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// The n-th token costs more than the first, its cells the same.
double worth_of_a_byte(double uses, std::size_t tokens, std::uint64_t bytes) {
  auto count = static_cast<double>(tokens);
  return uses * count * (1 + count / 4000) / static_cast<double>(std::max<std::uint64_t>(1, bytes));
}

PrefixStore::Found PrefixStore::find(std::string_view owner, std::span<const Token> prompt) {
  Entry* best = nullptr;
  std::size_t most = 0;
  for (Entry& entry : entries_) {
    if (entry.owner != owner) continue;
    std::size_t tokens = common_tokens(entry.tokens, prompt);
    // Of two that hold as much, the smaller is put back faster.
    if (tokens > most || (tokens == most && best && entry.bytes() < best->bytes())) {
      most = tokens;
      best = &entry;
    }
  }
  if (!best || most == 0) return {};
  best->uses += static_cast<double>(most) / static_cast<double>(best->tokens.size());
  best->worth = age_ + worth_of_a_byte(best->uses, best->tokens.size(), best->bytes());
  write_ahead();  // others are worth less than it now
  return {.tokens = most, .state = *best->state};
}

std::size_t PrefixStore::known(std::string_view owner, std::span<const Token> prompt) const {
  std::size_t most = 0;
  for (const Entry& entry : entries_) {
    if (entry.owner == owner) most = std::max(most, common_tokens(entry.tokens, prompt));
  }
  return most;
}

std::size_t PrefixStore::known_anywhere(std::string_view owner, std::span<const Token> prompt, std::size_t more) const {
  return std::max(known(owner, prompt), worth_reading(owner, prompt, more).tokens);
}

// It comes back 60 to 90 times as fast as it is computed, on the machine of decision 23. Other disks are slower.
Shelf::Best PrefixStore::worth_reading(std::string_view owner, std::span<const Token> prompt, std::size_t more) const {
  constexpr std::size_t least_part = 16;  // for slower disks, too
  if (!shelf_) return {};
  Shelf::Best best = shelf_->find(owner, prompt);
  bool worth_it = best.id != 0 && best.tokens >= known(owner, prompt) + std::max(more, best.of / least_part);
  return worth_it ? best : Shelf::Best{};
}

void PrefixStore::keep(std::string_view owner, std::vector<Token> tokens, std::vector<std::uint8_t> state) {
  double uses = 1;
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->owner == owner && common_tokens(at->tokens, tokens) == at->tokens.size()) {
      uses = std::max(uses, at->uses);
      at = let_go(at);
    } else {
      ++at;
    }
  }
  insert({.owner = std::string(owner),
          .tokens = std::move(tokens),
          .state = std::make_shared<const std::vector<std::uint8_t>>(std::move(state)),
          .uses = uses});
}

bool PrefixStore::insert(Entry entry) {
  if (!make_room(entry.bytes())) return false;
  bytes_ += entry.bytes();
  largest_ = std::max(largest_, entry.bytes());
  entry.worth = age_ + worth_of_a_byte(entry.uses, entry.tokens.size(), entry.bytes());
  entries_.push_back(std::move(entry));
  write_ahead();
  return true;
}

void PrefixStore::take(std::uint64_t bytes) {
  make_room(bytes);  // as far as there is any
  bytes_ += bytes;
}

bool PrefixStore::make_room(std::uint64_t bytes) {
  std::uint64_t promised = 0;
  for (const auto& [id, room] : coming_) promised += room;
  if (promised + bytes > budget_) return false;
  auto full = [&] { return bytes_ + still_written() + promised + bytes > budget_; };
  while (full() && !entries_.empty()) {
    auto least = std::ranges::min_element(entries_, {}, &Entry::worth);
    age_ = std::max(age_, least->worth);
    let_go(least);
  }
  return !full();
}

PrefixStore::At PrefixStore::let_go(At entry) {
  bytes_ -= entry->bytes();
  if (entry->copy != 0) {
    shelf_->left_memory(entry->copy, entry->uses);
    leaving_.emplace_back(entry->state, entry->bytes());
  }
  return entries_.erase(entry);
}

// Of what has gone: at most what the shelf is writing just now.
std::uint64_t PrefixStore::still_written() {
  std::erase_if(leaving_, [](const auto& state) { return state.first.expired(); });
  std::uint64_t bytes = 0;
  for (const auto& [state, size] : leaving_) bytes += size;
  return bytes;
}

// As much as the largest entry takes can be let go of at once, and at least half of the budget.
void PrefixStore::write_ahead() {
  if (!shelf_) return;
  std::uint64_t let = budget_ - std::max(budget_ / 2, largest_), worth_more = 0;
  std::vector<Entry*> by_worth;
  by_worth.reserve(entries_.size());
  for (Entry& entry : std::views::reverse(entries_)) by_worth.push_back(&entry);  // of equals, the older goes first
  std::ranges::stable_sort(by_worth, std::ranges::greater(), &Entry::worth);
  for (Entry* entry : by_worth) {
    worth_more += entry->bytes();
    if (worth_more <= let || entry->tokens.size() < least_on_shelf) continue;
    if (entry->copy == 0 || !shelf_->has(entry->copy))
      entry->copy = shelf_->offer(entry->owner, entry->tokens, entry->state, entry->uses);
  }
}

Shelf::Id PrefixStore::fetch(std::string_view owner, std::span<const Token> prompt, std::size_t more) {
  Shelf::Best best = worth_reading(owner, prompt, more);
  if (best.id == 0) return 0;
  if (coming(best.id)) return best.id;
  // What comes makes no room for others before it was here.
  if (!make_room(best.bytes)) return coming_.empty() ? 0 : coming_.begin()->first;
  if (!shelf_->fetch(best.id)) return 0;
  coming_.emplace(best.id, best.bytes);
  return best.id;
}

bool PrefixStore::take_back() {
  if (coming_.empty()) return false;
  std::vector<Shelf::Back> back = shelf_->take_back();
  for (const Shelf::Back& read : back) coming_.erase(read.id);
  for (Shelf::Back& read : back) {
    if (!read.state || known(read.owner, read.tokens) == read.tokens.size()) continue;
    insert({.owner = std::move(read.owner),
            .tokens = std::move(read.tokens),
            .state = std::move(read.state),
            .uses = read.uses,
            .copy = read.id});
  }
  return !back.empty();
}

}  // namespace entente::local
