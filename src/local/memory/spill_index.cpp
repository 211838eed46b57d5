#include "local/memory/spill_index.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "local/memory/prefix_store.hpp"
#include "local/memory/spill_file.hpp"

namespace entente::local {

bool SpillIndex::add(Id id, Entry entry, std::uint32_t count) {
  if (!make_room(count)) return false;
  entry.slots.reserve(count);
  while (entry.slots.size() < count && !free_.empty()) {
    entry.slots.push_back(*free_.begin());
    free_.erase(free_.begin());
  }
  while (entry.slots.size() < count) entry.slots.push_back(end_++);
  set_worth(entry);
  entries_.emplace(id, std::move(entry));
  return true;
}

bool SpillIndex::make_room(std::uint32_t count) {
  while (slots_ - slots_in_use() < count) {
    At least = entries_.end();
    for (At at = entries_.begin(); at != entries_.end(); ++at) {
      if (!at->second.written || at->second.reading) continue;
      if (least == entries_.end() || at->second.worth < least->second.worth) least = at;
    }
    if (least == entries_.end()) return false;
    age_ = std::max(age_, least->second.worth);
    erase(least);
  }
  return true;
}

void SpillIndex::set_worth(Entry& entry) const {
  entry.worth = age_ + entry.cost * worth_of_a_byte(entry.uses, entry.tokens.size(), entry.bytes);
}

void SpillIndex::written(Id id) {
  auto at = entries_.find(id);
  if (at == entries_.end()) return;
  Entry& fresh = at->second;
  fresh.written = true;
  for (At other = entries_.begin(); other != entries_.end();) {
    const Entry& old = other->second;
    bool beginning = other != at && old.shelf == fresh.shelf && old.owner == fresh.owner && old.written &&
                     !old.reading && common_tokens(old.tokens, fresh.tokens) == old.tokens.size();
    other = beginning ? erase(other) : std::next(other);
  }
}

void SpillIndex::used(Id id, double uses) {
  auto at = entries_.find(id);
  if (at == entries_.end()) return;
  at->second.uses = std::max(at->second.uses, uses);
  set_worth(at->second);
}

void SpillIndex::set_reading(Id id, bool reading) {
  if (auto at = entries_.find(id); at != entries_.end()) at->second.reading = reading;
}

void SpillIndex::remove(Id id) {
  if (auto at = entries_.find(id); at != entries_.end()) erase(at);
}

void SpillIndex::remove_shelf(ShelfId shelf) {
  for (At at = entries_.begin(); at != entries_.end();) at = at->second.shelf == shelf ? erase(at) : std::next(at);
}

SpillIndex::At SpillIndex::erase(At at) {
  free_.insert(at->second.slots.begin(), at->second.slots.end());
  while (!free_.empty() && *free_.rbegin() + 1 == end_) {
    free_.erase(std::prev(free_.end()));
    --end_;
  }
  return entries_.erase(at);
}

const SpillIndex::Entry* SpillIndex::find(Id id) const {
  auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second;
}

Shelf::Best SpillIndex::best(ShelfId shelf, std::string_view owner, std::span<const Token> prompt) const {
  Shelf::Best best;
  for (const auto& [id, entry] : entries_) {
    if (!entry.written || entry.shelf != shelf || entry.owner != owner) continue;
    std::size_t tokens = common_tokens(entry.tokens, prompt);
    // Of two that hold as much, the smaller is read faster.
    if (tokens > best.tokens || (tokens == best.tokens && tokens > 0 && entry.bytes < best.bytes))
      best = {.id = id, .tokens = tokens, .of = entry.tokens.size(), .bytes = entry.bytes};
  }
  return best;
}

SpillIndex::Id SpillIndex::covering(ShelfId shelf, std::string_view owner, std::span<const Token> tokens) const {
  for (const auto& [id, entry] : entries_) {
    if (entry.written && entry.shelf == shelf && entry.owner == owner &&
        common_tokens(entry.tokens, tokens) == tokens.size())
      return id;
  }
  return 0;
}

Shelf::Stats SpillIndex::stats(ShelfId shelf) const {
  Shelf::Stats out;
  for (const auto& [id, entry] : entries_) {
    if (entry.shelf != shelf || !entry.written) continue;
    ++out.entries;
    out.bytes += entry.slots.size() * SpillFile::slot_bytes;
  }
  return out;
}

}  // namespace entente::local
