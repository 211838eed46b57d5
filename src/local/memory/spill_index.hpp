// SpillIndex: what lies in the file of computed prompts, where, and what goes when it is full. Pure: no file, no
// threads, no clock.
//
// The file is a row of slots (spill_file.hpp), and an entry takes any that are free, the lowest first, so that nothing
// is ever moved and the file's end can be cut. What goes is what saves the least computing for its bytes, as in
// PrefixStore; since all models share the file, the worth of a token is the entry's own, greater in a larger model. An
// entry that is being written or read stays.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "local/memory/shelf.hpp"

namespace entente::local {

class SpillIndex {
 public:
  using Id = Shelf::Id;
  using ShelfId = std::uint64_t;

  explicit SpillIndex(std::uint32_t slots) : slots_(slots) {}

  struct Entry {
    ShelfId shelf = 0;  // a model's
    std::string owner = {};
    std::vector<Token> tokens = {};
    std::uint64_t bytes = 0;                // of its state
    double cost = 1;                        // of computing a token, beside that of other models
    double uses = 1;                        // as PrefixStore counts them
    std::vector<std::uint32_t> slots = {};  // in the order of its pieces; add() chooses them
    bool written = false;
    bool reading = false;
    double worth = 0;
  };

  // Gives it `count` slots; what is worth least goes for them. False: there are not as many, whoever goes.
  bool add(Id id, Entry entry, std::uint32_t count);
  void written(Id id);            // can be found now; its own beginnings go
  void used(Id id, double uses);  // its worth is fresh again
  void set_reading(Id id, bool reading);
  void remove(Id id);
  void remove_shelf(ShelfId shelf);

  const Entry* find(Id id) const;
  Shelf::Best best(ShelfId shelf, std::string_view owner, std::span<const Token> prompt) const;
  Id covering(ShelfId shelf, std::string_view owner, std::span<const Token> tokens) const;  // 0: none holds all of them

  std::uint32_t slots() const { return slots_; }
  std::uint32_t slots_in_use() const { return end_ - static_cast<std::uint32_t>(free_.size()); }
  std::uint32_t end() const { return end_; }  // nothing lies in this slot or beyond
  Shelf::Stats stats(ShelfId shelf) const;    // hits left open

 private:
  using At = std::map<Id, Entry>::iterator;

  bool make_room(std::uint32_t count);
  void set_worth(Entry& entry) const;
  At erase(At at);

  const std::uint32_t slots_;
  std::uint32_t end_ = 0;
  std::set<std::uint32_t> free_;  // below end_
  std::map<Id, Entry> entries_;
  double age_ = 0;  // the worth of what went last
};

}  // namespace entente::local
