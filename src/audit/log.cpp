#include "audit/log.hpp"

#include <format>

namespace entente::audit {

namespace {

std::unexpected<Error> contradicts(std::string what) {
  return fail({.code = ErrorCode::conflict,
               .message = std::format("The log cannot go on: {}. Put the newest copy of the store back, or keep the "
                                      "state's folder 'log' elsewhere and let the next start begin a new one; what was "
                                      "signed cannot be taken back.",
                                      what),
               .reason = "log_contradicts_checkpoint"});
}

}  // namespace

ReadTile tiles_in(Files& files) {
  return [&files](const TileId& tile) -> Result<std::string> {
    TRY_ASSIGN(auto bytes, files.read(path_of(tile)));
    if (!bytes) {
      TRY_ASSIGN(bytes, files.read(path_of({.level = tile.level, .index = tile.index})));
    }
    if (!bytes) return fail(ErrorCode::not_found, std::format("{} is missing.", path_of(tile)));
    return *std::move(bytes);
  };
}

Log::Log(NoteSigner signer, Files& files, ReadEntries entries)
    : signer_(std::move(signer)), files_(&files), entries_(std::move(entries)) {
  checkpoint_.origin = signer_.verifier().name();
}

Result<Log> Log::open(NoteSigner signer, Files& files, ReadEntries entries) {
  Log log(std::move(signer), files, std::move(entries));
  TRY_ASSIGN(auto note, files.read(checkpoint_path));
  if (!note) return log;
  auto signed_before = open_checkpoint(*note, log.signer_.verifier());
  if (!signed_before)
    return contradicts(std::format("its checkpoint is not one of this key ({})", signed_before.error().message));
  TRY(log.load(signed_before->tree));
  log.checkpoint_ = *std::move(signed_before);
  log.written_ = true;
  return log;
}

Result<> Log::load(const Tree& signed_tree) {
  TRY_ASSIGN(bool resumed, resume(signed_tree));
  if (resumed) return {};
  return rebuild(signed_tree);
}

// False: the tiles are not all there as they were. Whether the journal is, its last entry tells here; the others are
// looked at when somebody verifies the log.
Result<bool> Log::resume(const Tree& signed_tree) {
  auto resumed = TileBuilder::resume(signed_tree.size, tiles_in(*files_));
  if (!resumed || resumed->tree() != signed_tree) return false;
  if (signed_tree.size > 0) {
    std::uint64_t last = signed_tree.size - 1;
    TRY_ASSIGN(auto entries, entries_(last));
    auto known = subtrees_in(signed_tree.size, tiles_in(*files_))(0, last);
    if (!known) return false;
    if (entries.empty())
      return contradicts(std::format("the journal has fewer than the {} entries that were signed", signed_tree.size));
    if (*known != hash_entry(entries.front()))
      return contradicts(std::format("entry {} of the journal is not the one that was signed", last));
  }
  builder_ = *std::move(resumed);
  return true;
}

Result<> Log::rebuild(const Tree& signed_tree) {
  builder_ = {};
  for (std::uint64_t next = 0; next < signed_tree.size;) {
    TRY_ASSIGN(auto some, entries_(next));
    if (some.empty()) {
      return contradicts(std::format("the journal has {} entries, but {} were signed", next, signed_tree.size));
    }
    for (std::size_t i = 0; i < some.size() && next < signed_tree.size; ++i, ++next) builder_.add(some[i]);
  }
  if (builder_.tree() != signed_tree)
    return contradicts(
        std::format("the first {} entries of the journal are not those that were signed", signed_tree.size));
  TRY(write_tiles());
  return {};
}

Result<std::vector<TileId>> Log::write_tiles() {
  std::vector<TileId> full;
  for (const auto& [tile, bytes] : builder_.take_files()) {
    TRY(files_->write(path_of(tile), bytes));
    if (tile.width == tile_width) full.push_back(tile);
  }
  return full;
}

Result<bool> Log::publish() {
  if (interrupted_) TRY(load(checkpoint_.tree));
  interrupted_ = true;  // until all is on disk
  std::uint64_t size = checkpoint_.tree.size;
  while (true) {
    TRY_ASSIGN(auto some, entries_(size));
    if (some.empty()) break;
    for (const std::string& entry : some) builder_.add(entry);
    size += some.size();
  }
  Checkpoint next{.origin = checkpoint_.origin, .tree = builder_.tree()};
  bool news = size > checkpoint_.tree.size || !written_;
  if (news) {
    // The checkpoint last: whoever reads it finds all tiles that it speaks of.
    TRY_ASSIGN(std::vector<TileId> full, write_tiles());
    TRY(files_->write(checkpoint_path, signer_.sign(checkpoint_text(next))));
    for (const TileId& tile : full) files_->remove_folder(path_of(tile) + ".p");
  }
  interrupted_ = false;
  checkpoint_ = std::move(next);
  written_ = true;
  return news;
}

}  // namespace entente::audit
