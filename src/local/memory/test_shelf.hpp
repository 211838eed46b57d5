// For tests of this room: a Shelf in memory whose owner says when it writes and reads, and whether that succeeds.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "local/memory/prefix_store.hpp"
#include "local/memory/spill.hpp"

namespace entente::local {

class TestShelf final : public Shelf {
 public:
  struct Entry {
    std::string owner;
    std::vector<Token> tokens;
    SavedState state;
    double uses = 1;
    bool written = false;
  };

  Id offer(std::string_view owner, std::span<const Token> tokens, SavedState state, double uses) override {
    std::lock_guard lock(mutex);
    if (refuses) return 0;
    Id id = next++;
    entries[id] = {std::string(owner), {tokens.begin(), tokens.end()}, std::move(state), uses, writes_at_once};
    if (writes_at_once) copy(entries[id]);
    return id;
  }
  bool has(Id id) const override {
    std::lock_guard lock(mutex);
    return entries.contains(id);
  }
  void left_memory(Id id, double uses) override {
    std::lock_guard lock(mutex);
    auto at = entries.find(id);
    if (at == entries.end()) return;
    at->second.uses = uses;
    if (!at->second.written && !writing) entries.erase(at);
  }
  Best find(std::string_view owner, std::span<const Token> prompt) const override {
    std::lock_guard lock(mutex);
    Best best;
    for (const auto& [id, entry] : entries) {
      if (!entry.written || entry.owner != owner) continue;
      std::size_t tokens = common_tokens(entry.tokens, prompt);
      if (tokens > best.tokens)
        best = {.id = id, .tokens = tokens, .of = entry.tokens.size(), .bytes = entry.state->size()};
    }
    return best;
  }
  bool fetch(Id id) override {
    std::lock_guard lock(mutex);
    if (!entries.contains(id)) return false;
    ++fetched;
    asked.push_back(id);
    return true;
  }
  std::vector<Back> take_back() override {
    std::lock_guard lock(mutex);
    return std::exchange(read, {});
  }
  Stats stats() const override {
    std::lock_guard lock(mutex);
    return {.bytes = 0, .entries = entries.size(), .hits = hits};
  }

  // What the disk does, when the test wants it.

  void write_all() {
    std::lock_guard lock(mutex);
    for (auto& [id, entry] : entries) {
      entry.written = true;
      copy(entry);
    }
  }
  void read_all(bool well = true) {
    std::lock_guard lock(mutex);
    for (Id id : std::exchange(asked, {})) {
      const Entry& entry = entries.at(id);
      read.push_back({.id = id, .owner = entry.owner, .tokens = entry.tokens, .uses = entry.uses});
      if (well) read.back().state = std::make_shared<std::vector<std::uint8_t>>(*entry.state);
      if (well) ++hits;
      if (!well) entries.erase(id);
    }
  }

  mutable std::mutex mutex;
  bool refuses = false, writes_at_once = true;
  bool writing = false;  // what waits has been begun: it holds its memory, whoever lets go of it
  Id next = 1;
  std::map<Id, Entry> entries;
  std::vector<Id> asked;
  std::vector<Back> read;
  std::uint64_t hits = 0;
  int fetched = 0;

 private:
  static void copy(Entry& entry) { entry.state = std::make_shared<std::vector<std::uint8_t>>(*entry.state); }
};

// Gives every engine that one shelf.
class TestSpill final : public Spill {
 public:
  explicit TestSpill(std::shared_ptr<TestShelf> shelf) : shelf_(std::move(shelf)) {}
  std::shared_ptr<Shelf> shelf(std::shared_ptr<Bell> rings, double) override {
    bell = std::move(rings);
    return shelf_;
  }
  Room room() const override { return {}; }

  std::shared_ptr<Bell> bell;

 private:
  const std::shared_ptr<TestShelf> shelf_;
};

}  // namespace entente::local
