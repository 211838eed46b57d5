#include "audit/log/log.hpp"

#include <algorithm>
#include <chrono>
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

Log::Log(LogKeys keys, Files& files, ReadEntries entries, const Clock& clock)
    : keys_(std::move(keys)), files_(&files), entries_(std::move(entries)), clock_(&clock) {
  checkpoint_.origin = signer().verifier().name();
  offered_.origin = checkpoint_.origin;
}

Result<std::optional<Log::Signed>> Log::signed_before(const char* path, std::string_view what) {
  TRY_ASSIGN(auto note, files_->read(path));
  if (!note) return std::nullopt;
  auto not_ours = [&](const Error& why) {
    return contradicts(std::format("its {} is not one of this key ({})", what, why.message));
  };
  auto checkpoint = open_checkpoint(*note, signer().verifier());
  if (!checkpoint) return not_ours(checkpoint.error());
  Signed found{.checkpoint = *std::move(checkpoint), .with_all_keys = !keys_.mldsa};
  if (found.with_all_keys) return found;
  TRY_ASSIGN(NoteParts parts, split_note(*note));
  for (const NoteSignature& signature : parts.signatures) {
    auto at = keys_.mldsa->verifier().time_of(signature, parts.text);
    if (!at) return not_ours(at.error());
    if (!*at) continue;
    found.with_all_keys = true;
    cosigned_at_ = std::max(cosigned_at_, **at);
  }
  return found;
}

Result<std::string> Log::sign(const Checkpoint& checkpoint) {
  std::string text = checkpoint_text(checkpoint), note = signer().sign(text);
  if (!keys_.mldsa) return note;
  // A clock that was set back must not make the newer of two checkpoints the older one.
  cosigned_at_ = std::max(cosigned_at_, std::chrono::floor<std::chrono::seconds>(clock_->now()));
  TRY_ASSIGN(std::string line, keys_.mldsa->cosign(text, cosigned_at_));
  return note + line;
}

Result<Log> Log::open(LogKeys keys, Files& files, ReadEntries entries, const Clock& clock) {
  Log log(std::move(keys), files, std::move(entries), clock);
  TRY_ASSIGN(auto published, log.signed_before(checkpoint_path, "checkpoint"));
  TRY_ASSIGN(auto shown, log.signed_before(offered_path, "offered checkpoint"));
  if (published) log.checkpoint_ = log.offered_ = published->checkpoint;
  log.written_ = published && published->with_all_keys;
  if (shown && shown->checkpoint.tree.size >= log.offered_.tree.size) {
    const Tree& tree = shown->checkpoint.tree;
    if (published && tree.size == log.offered_.tree.size && tree != log.offered_.tree)
      return contradicts(std::format("two different trees of {} entries were signed", tree.size));
    log.offered_ = shown->checkpoint;
  }
  if (log.offered_.tree.size > 0 || published) TRY(log.load(log.offered_.tree));
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
  std::vector<TileBuilder::File> tiles = builder_.take_files();
  std::vector<NewFile> files;
  files.reserve(tiles.size());
  for (const auto& [tile, bytes] : tiles) files.push_back({.path = path_of(tile), .bytes = bytes});
  TRY(files_->write_all(files));
  for (const auto& [tile, bytes] : tiles) {
    if (tile.width == tile_width) full_.push_back(tile);
  }
  return {};
}

Result<bool> Log::offer(Shown shown) {
  if (interrupted_) TRY(load(offered_.tree));
  interrupted_ = true;  // until all is on disk and signed
  std::uint64_t size = offered_.tree.size;
  while (true) {
    TRY_ASSIGN(auto some, entries_(size));
    if (some.empty()) break;
    for (const std::string& entry : some) builder_.add(entry);
    size += some.size();
  }
  Checkpoint next{.origin = offered_.origin, .tree = builder_.tree()};
  TRY(write_tiles());
  bool unpublished = size > checkpoint_.tree.size || !written_;
  if (!unpublished || (next.tree == offered_.tree && !offered_note_.empty())) {
    interrupted_ = false;
    return unpublished;
  }
  TRY_ASSIGN(std::string note, sign(next));
  if (shown == Shown::yes) TRY(files_->write(offered_path, note));
  interrupted_ = false;
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
