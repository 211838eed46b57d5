// Shelf: where the computed prompts of one loaded model rest when there is no more room for them in memory. PrefixStore
// uses it; spill.hpp has the real one, on disk; tests have one that they see through.
//
// Called on the thread that computes, and returns at once: what takes time is done elsewhere and looked up later
// (has(), take_back()); a Bell is rung when something has come back. Whatever fails is an entry that is gone, never an
// error. Entries are kept apart by `owner`, as in memory. Bytes are those of states.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "local/model/model.hpp"

namespace entente::local {

// What a Model saved of a sequence; in memory as long as anybody needs it, a writer included.
using SavedState = std::shared_ptr<const std::vector<std::uint8_t>>;

class Shelf {
 public:
  using Id = std::uint64_t;  // of an entry; 0: none

  virtual ~Shelf() = default;  // its entries go with it

  // Has it written, or finds that it is there already. 0: not now. `uses` as PrefixStore counts them.
  virtual Id offer(std::string_view owner, std::span<const Token> tokens, SavedState state, double uses) = 0;
  virtual bool has(Id id) const = 0;  // it is there, or waits to be written
  // Its copy in memory has gone. If it still waits to be written it is given up: its memory is wanted.
  virtual void left_memory(Id id, double uses) = 0;

  struct Best {
    Id id = 0;
    std::size_t tokens = 0;   // how many of the prompt's first tokens it holds
    std::size_t of = 0;       // tokens that it holds in all
    std::uint64_t bytes = 0;  // of its state, that of all of them
  };
  virtual Best find(std::string_view owner, std::span<const Token> prompt) const = 0;

  virtual bool fetch(Id id) = 0;  // begins to read it; false: it is gone
  struct Back {
    Id id = 0;
    std::string owner;
    std::vector<Token> tokens;
    SavedState state;  // null: it could not be read, and is gone
    double uses = 1;
  };
  virtual std::vector<Back> take_back() = 0;  // all that has been read since the last call

  struct Stats {
    std::uint64_t bytes = 0, entries = 0;  // that lie there now
    std::uint64_t hits = 0;                // entries that were read back
  };
  virtual Stats stats() const = 0;  // any thread
};

}  // namespace entente::local
