// Spill: computed prompts on a disk, for all loaded models of a process: a file (spill_file.hpp), what lies in it
// (spill_index.hpp), and the one thread that seals, writes, reads and opens. Each model has a Shelf of it, and what
// lies on a Shelf goes with it.
//
// Any thread; nothing here waits for the disk but the thread itself, except that a Shelf that goes waits for the piece
// that is just written or read for it: a slot's, a few milliseconds. Reading goes before writing, and an entry that is
// being written is interrupted for it. What waits to be written is counted by whoever offered it. A failure is one
// warning in the log; after one of writing (a full disk) nothing is written for a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/bell.hpp"
#include "base/result.hpp"
#include "local/memory/shelf.hpp"

namespace entente::local {

class Spill {
 public:
  struct Options {
    std::filesystem::path folder;  // which must be there; nothing has a name in it
    std::uint64_t bytes = 0;       // of the disk, at most
    std::chrono::milliseconds rest_after_failure{60'000};
  };
  // Errors: unavailable, when no file can be made there.
  static Result<std::shared_ptr<Spill>> open(Options options);
  virtual ~Spill() = default;

  // `bell` is rung when something was read. `cost`: of computing a token, beside that of other models.
  virtual std::shared_ptr<Shelf> shelf(std::shared_ptr<Bell> bell, double cost) = 0;

  struct Room {
    std::uint64_t budget = 0, taken = 0;  // bytes
  };
  virtual Room room() const = 0;
};

}  // namespace entente::local
