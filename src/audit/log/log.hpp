// Log: the entries of the store's journal, published: tiles on disk and a signed checkpoint over them.
//
// The journal is the truth and comes with the ledger in one commit; everything here is derived from it and made again
// when it is missing. What was signed once is never contradicted: a journal that does not continue the last signed
// checkpoint (an older copy of the store, an edited row) is an error and nothing is signed any more.
//
// Where witnesses must cosign before anything is published, a checkpoint is first offered: its tiles are written and it
// is signed, and kept, because whoever was shown it must never be contradicted either. publish_offer() then puts it in
// the place of the last one.
//
// A checkpoint has two signatures of the log's own: of Ed25519, which every reader of the format knows, and beside it a
// cosignature of ML-DSA-44 under the same name, which holds where Ed25519 should be broken one day. Others' readers
// pass over it, and whoever wants to demand it names its key in a policy.
//
// Files, entries and the time are passed in. One thread at a time; calls block as long as those do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"
#include "audit/checkpoints/cosignature.hpp"
#include "audit/tree/tiles.hpp"
#include "base/clock.hpp"

namespace entente::audit {

struct NewFile {
  std::string path;
  std::string_view bytes;
};

// A folder. write() leaves the old file or the new one, whatever happens, and returns when it is on disk.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::optional<std::string>> read(const std::string& path) = 0;  // none: there is no such file
  virtual Result<> write(const std::string& path, std::string_view bytes) = 0;
  // The same of several, in any order, which may cost less together.
  virtual Result<> write_all(std::span<const NewFile> files) {
    for (const NewFile& file : files) TRY(write(file.path, file.bytes));
    return {};
  }
  virtual void remove_folder(const std::string& path) = 0;  // what is not there is removed
};

// The tiles of a published log; where a partial one is gone, the full one that took its place.
ReadTile tiles_in(Files& files);

// Entries of the journal from `first` on, as many as come at once; none: there are no more.
using ReadEntries = std::function<Result<std::vector<std::string>>(std::uint64_t first)>;

struct LogKeys {
  NoteSigner ed25519;
  std::optional<MldsaCosigner> mldsa;  // of the same name; none: Ed25519 alone
};

// How much of a log is published (C2SP tlog-tiles, "Pruning").
struct Retention {
  std::chrono::milliseconds published_for{0};  // each entry; 0: for good
  std::uint64_t minimum_index = 0;             // the first that is
};

class Log {
 public:
  // Takes up where the last checkpoint ends; tiles that are missing or damaged are made from the journal.
  // Errors: conflict, when the journal does not continue the checkpoint; what files and entries say.
  static Result<Log> open(LogKeys keys, Files& files, ReadEntries entries, const Clock& clock);

  // Publishes what the journal has beyond the last checkpoint. True when there was something.
  Result<bool> publish();

  // Signs what the journal has by now. True when there is something to publish. `shown`: it is going to be shown to
  // others before it is published.
  enum class Shown { no, yes };
  Result<bool> offer(Shown shown);
  const Checkpoint& offered() const { return offered_; }
  const std::string& offered_note() const { return offered_note_; }  // with all signatures of the log's own
  // Keeps the lines that witnesses put under the offer, also while it has too few of them.
  Result<> keep_offer(std::string_view cosignatures);
  // Publishes the offer, with these lines under its signatures.
  Result<> publish_offer(std::string_view cosignatures);

  // A complete subtree's hash, from the tiles; for proofs about the offer. Any thread, while no other call runs.
  ReadSubtree subtrees() const { return subtrees_in(offered_.tree.size, tiles_in(*files_)); }

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const NoteSigner& signer() const { return keys_.ed25519; }  // constant: any thread

 private:
  Log(LogKeys keys, Files& files, ReadEntries entries, const Clock& clock);
  struct Signed {
    Checkpoint checkpoint;
    bool with_all_keys = false;  // that we sign with now
  };
  Result<std::optional<Signed>> signed_before(const char* path, std::string_view what);
  Result<std::string> sign(const Checkpoint& checkpoint);
  Result<> load(const Tree& signed_tree);
  Result<bool> resume(const Tree& signed_tree);
  Result<> rebuild(const Tree& signed_tree);
  Result<> write_tiles();

  LogKeys keys_;
  Files* files_;
  ReadEntries entries_;
  const Clock* clock_;
  std::chrono::sys_seconds cosigned_at_{};  // the last that ML-DSA-44 signed; never goes back
  TileBuilder builder_;
  Checkpoint checkpoint_;     // the last that was published
  Checkpoint offered_;        // the last that was signed: the same one, or one that continues it
  std::string offered_note_;  // empty: nothing was signed since the start
  std::vector<TileId> full_;  // of the offer; partial ones that they replace go when it is published
  bool written_ = false;      // there is a checkpoint under all our keys, if only of the empty tree
  bool interrupted_ = false;  // the builder is ahead of what is on disk and signed
};

constexpr const char* checkpoint_path = "checkpoint";
constexpr const char* offered_path = "offered";  // the last that was shown to witnesses

}  // namespace entente::audit
