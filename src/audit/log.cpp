#include "audit/log.hpp"

#include <format>
#include <utility>

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
  offered_.origin = checkpoint_.origin;
}

Result<Log> Log::open(NoteSigner signer, Files& files, ReadEntries entries) {
  Log log(std::move(signer), files, std::move(entries));
  auto signed_before = [&](const char* path, std::string_view what) -> Result<std::optional<Checkpoint>> {
    TRY_ASSIGN(auto note, files.read(path));
    if (!note) return std::nullopt;
    auto checkpoint = open_checkpoint(*note, log.signer_.verifier());
    if (!checkpoint)
      return contradicts(std::format("its {} is not one of this key ({})", what, checkpoint.error().message));
    return *std::move(checkpoint);
  };
  TRY_ASSIGN(auto published, signed_before(checkpoint_path, "checkpoint"));
  TRY_ASSIGN(auto shown, signed_before(offered_path, "offered checkpoint"));
  if (published) log.checkpoint_ = log.offered_ = *published;
  log.written_ = published.has_value();
  if (shown && shown->tree.size >= log.offered_.tree.size) {
    if (published && shown->tree.size == published->tree.size && shown->tree != published->tree)
      return contradicts(std::format("two different trees of {} entries were signed", shown->tree.size));
    log.offered_ = *std::move(shown);
  }
  if (log.offered_.tree.size > 0 || log.written_) TRY(log.load(log.offered_.tree));
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

Result<> Log::write_tiles() {
  for (const auto& [tile, bytes] : builder_.take_files()) {
    TRY(files_->write(path_of(tile), bytes));
    if (tile.width == tile_width) full_.push_back(tile);
  }
  return {};
}

Result<bool> Log::offer(Shown shown) {
  if (interrupted_) TRY(load(offered_.tree));
  interrupted_ = true;  // until all is on disk
  std::uint64_t size = offered_.tree.size;
  while (true) {
    TRY_ASSIGN(auto some, entries_(size));
    if (some.empty()) break;
    for (const std::string& entry : some) builder_.add(entry);
    size += some.size();
  }
  Checkpoint next{.origin = offered_.origin, .tree = builder_.tree()};
  TRY(write_tiles());
  interrupted_ = false;
  bool unpublished = size > checkpoint_.tree.size || !written_;
  if (!unpublished || (next.tree == offered_.tree && !offered_note_.empty())) return unpublished;
  std::string note = signer_.sign(checkpoint_text(next));
  if (shown == Shown::yes) {
    if (auto kept = files_->write(offered_path, note); !kept) {
      interrupted_ = true;  // the builder is ahead of what counts as signed
      return std::unexpected(std::move(kept).error());
    }
  }
  offered_ = std::move(next);
  offered_note_ = std::move(note);
  return true;
}

Result<> Log::keep_offer(std::string_view cosignatures) {
  return files_->write(offered_path, std::format("{}{}", offered_note_, cosignatures));
}

Result<> Log::publish_offer(std::string_view cosignatures) {
  // The checkpoint last: whoever reads it finds all tiles that it speaks of.
  TRY(files_->write(checkpoint_path, std::format("{}{}", offered_note_, cosignatures)));
  for (const TileId& tile : std::exchange(full_, {})) files_->remove_folder(path_of(tile) + ".p");
  checkpoint_ = offered_;
  written_ = true;
  return {};
}

Result<bool> Log::publish() {
  TRY_ASSIGN(bool news, offer(Shown::no));
  if (news) TRY(publish_offer({}));
  return news;
}

}  // namespace entente::audit
