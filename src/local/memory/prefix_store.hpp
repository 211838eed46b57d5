// PrefixStore: the computed beginnings of prompts, at rest in ordinary memory, so that a conversation's earlier turns
// and a system prompt that many share are computed once.
//
// An entry is a sequence of tokens and the state a Model saved for it. Any of its beginnings can be put back: the model
// restores the whole and removes the tail. Entries are kept apart by `owner`, the tenant's secret room: nobody can tell
// from the time an answer takes what another tenant has asked. What goes when the budget is full is what saves the
// least computing for its bytes, with recent use counting for more (greedy dual size frequency: Cherkasova, HP Labs
// 1998).
//
// With a Shelf, what goes is not lost. The half of the budget that is worth least (more of it, where an entry takes
// more than half) is written there ahead of time, so that letting go of it takes none; what is worth more is mostly
// replaced by its own continuation before it gets there, and never written. Whatever still takes memory counts in the
// budget: entries, what is being written although it has gone, and the room for what is being read.
//
// One thread (the engine's). Bytes are those of the states; tokens and bookkeeping come on top, a few per mille.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "local/memory/shelf.hpp"
#include "local/model/model.hpp"

namespace entente::local {

class PrefixStore {
 public:
  explicit PrefixStore(std::uint64_t budget_bytes, std::shared_ptr<Shelf> shelf = {})
      : budget_(budget_bytes), shelf_(std::move(shelf)) {}

  struct Found {
    std::size_t tokens = 0;                    // how many of the prompt's first tokens it holds; 0: nothing
    std::span<const std::uint8_t> state = {};  // good until the next keep(), fetch() or take_back()
  };
  Found find(std::string_view owner, std::span<const Token> prompt);
  // The same without counting as a use.
  std::size_t known(std::string_view owner, std::span<const Token> prompt) const;
  // On the shelf, too, where fetch() would bring it.
  std::size_t known_anywhere(std::string_view owner, std::span<const Token> prompt, std::size_t more) const;

  // Keeps `state` for `tokens`; entries that are beginnings of it go. Larger than the budget: not kept.
  void keep(std::string_view owner, std::vector<Token> tokens, std::vector<std::uint8_t> state);

  // States that others keep, which nothing may push out: they count, and entries make room for them.
  void take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes) { bytes_ -= bytes; }

  // Begins to bring back what holds at least `more` of the prompt's tokens than what is here, and enough of them for
  // its size: all of an entry is read, however little of it serves. Gives the reading to wait for before asking again;
  // 0: none, here is the best there is. Where there is no room beside what comes already, that is a reading of others.
  Shelf::Id fetch(std::string_view owner, std::span<const Token> prompt, std::size_t more);
  bool coming(Shelf::Id reading) const { return coming_.contains(reading); }
  bool take_back();  // takes in what has been read; true: some reading has ended

  bool keeps() const { return budget_ > 0; }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    std::string owner;
    std::vector<Token> tokens;
    SavedState state;
    double uses = 1;
    double worth = 0;
    Shelf::Id copy = 0;  // on the shelf; 0: none
    std::uint64_t bytes() const { return state->size(); }
  };
  using At = std::list<Entry>::iterator;

  Shelf::Best worth_reading(std::string_view owner, std::span<const Token> prompt, std::size_t more) const;
  bool insert(Entry entry);
  bool make_room(std::uint64_t bytes);
  At let_go(At entry);
  void write_ahead();
  std::uint64_t still_written();

  const std::uint64_t budget_;
  const std::shared_ptr<Shelf> shelf_;     // null: none
  std::uint64_t bytes_ = 0, largest_ = 0;  // of an entry, so far
  double age_ = 0;                         // the worth of what went last: newer entries start from here
  std::list<Entry> entries_;
  std::vector<std::pair<std::weak_ptr<const std::vector<std::uint8_t>>, std::uint64_t>> leaving_;  // with its bytes
  std::map<Shelf::Id, std::uint64_t> coming_;                                                      // the room for each
};

// The length of the common beginning.
std::size_t common_tokens(std::span<const Token> a, std::span<const Token> b);

// Seconds saved for each byte, up to a factor that is the same for all entries of a model.
double worth_of_a_byte(double uses, std::size_t tokens, std::uint64_t bytes);

// An entry of fewer tokens is computed about as fast as it is read.
inline constexpr std::size_t least_on_shelf = 64;

}  // namespace entente::local
