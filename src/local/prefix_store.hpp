// PrefixStore: the computed beginnings of prompts, at rest in ordinary memory, so that a conversation's earlier turns
// and a system prompt that many share are computed once.
//
// An entry is a sequence of tokens and the state a Model saved for it. Any of its beginnings can be put back: the model
// restores the whole and removes the tail. Entries are kept apart by `owner`, the tenant's secret room: nobody can tell
// from the time an answer takes what another tenant has asked. What goes when the budget is full is what saves the
// least computing for its bytes, with recent use counting for more (greedy dual size frequency: Cherkasova, HP Labs
// 1998).
//
// One thread (the engine's). Bytes are those of the states; tokens and bookkeeping come on top, a few per mille.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "local/model.hpp"

namespace entente::local {

class PrefixStore {
 public:
  explicit PrefixStore(std::uint64_t budget_bytes) : budget_(budget_bytes) {}

  struct Found {
    std::size_t tokens = 0;                    // how many of the prompt's first tokens it holds; 0: nothing
    std::span<const std::uint8_t> state = {};  // good until the next keep()
  };
  Found find(std::string_view owner, std::span<const Token> prompt);
  // The same without counting as a use.
  std::size_t known(std::string_view owner, std::span<const Token> prompt) const;

  // Keeps `state` for `tokens`; entries that are beginnings of it go. Larger than the budget: not kept.
  void keep(std::string_view owner, std::vector<Token> tokens, std::vector<std::uint8_t> state);

  // States that others keep, which nothing may push out: they count, and entries make room for them.
  void take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes) { bytes_ -= bytes; }

  bool keeps() const { return budget_ > 0; }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    std::string owner;
    std::vector<Token> tokens;
    std::vector<std::uint8_t> state;
    double uses = 1;
    double worth = 0;
  };
  double worth_of(const Entry& entry) const;
  void make_room(std::uint64_t bytes);

  const std::uint64_t budget_;
  std::uint64_t bytes_ = 0;
  double age_ = 0;  // the worth of what went last: newer entries start from here
  std::list<Entry> entries_;
};

// The length of the common beginning.
std::size_t common_tokens(std::span<const Token> a, std::span<const Token> b);

}  // namespace entente::local
