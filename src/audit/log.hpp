// Log: the entries of the store's journal, published: tiles on disk and a signed checkpoint over them.
//
// The journal is the truth and comes with the ledger in one commit; everything here is derived from it and made again
// when it is missing. What was signed once is never contradicted: a journal that does not continue the last signed
// checkpoint (an older copy of the store, an edited row) is an error and nothing is signed any more.
//
// Files and entries are passed in. One thread at a time; calls block as long as those do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.hpp"
#include "audit/tiles.hpp"

namespace entente::audit {

// A folder. write() leaves the old file or the new one, whatever happens, and returns when it is on disk.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::optional<std::string>> read(const std::string& path) = 0;  // none: there is no such file
  virtual Result<> write(const std::string& path, std::string_view bytes) = 0;
  virtual void remove_folder(const std::string& path) = 0;  // what is not there is removed
};

// The tiles of a published log; where a partial one is gone, the full one that took its place.
ReadTile tiles_in(Files& files);

// Entries of the journal from `first` on, as many as come at once; none: there are no more.
using ReadEntries = std::function<Result<std::vector<std::string>>(std::uint64_t first)>;

class Log {
 public:
  // Takes up where the last checkpoint ends; tiles that are missing or damaged are made from the journal.
  // Errors: conflict, when the journal does not continue the checkpoint; what files and entries say.
  static Result<Log> open(NoteSigner signer, Files& files, ReadEntries entries);

  // Publishes what the journal has beyond the last checkpoint. True when there was something.
  Result<bool> publish();

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const NoteSigner& signer() const { return signer_; }  // constant: any thread

 private:
  Log(NoteSigner signer, Files& files, ReadEntries entries);
  Result<> load(const Tree& signed_tree);
  Result<bool> resume(const Tree& signed_tree);
  Result<> rebuild(const Tree& signed_tree);
  Result<std::vector<TileId>> write_tiles();  // the full ones among them

  NoteSigner signer_;
  Files* files_;
  ReadEntries entries_;
  TileBuilder builder_;
  Checkpoint checkpoint_;     // the last that was signed and written
  bool written_ = false;      // there is a checkpoint, if only of the empty tree
  bool interrupted_ = false;  // the builder is ahead of what is on disk
};

constexpr const char* checkpoint_path = "checkpoint";

}  // namespace entente::audit
