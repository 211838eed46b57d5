#include "audit/log/verify.hpp"

#include <algorithm>
#include <format>

#include "audit/receipts/lanes.hpp"
#include "audit/tree/tiles.hpp"

namespace entente::audit {

namespace {

constexpr std::size_t most_sentences = 20;  // of each verdict: the first ones tell where to look

class Reader {
 public:
  // From the bundle on in which entry `from` is.
  Reader(Files& files, std::uint64_t size, std::uint64_t from)
      : files_(files),
        size_(size),
        from_(std::min(from, size) / tile_width * tile_width),
        lanes_(from_ > 0 ? Lanes::From::middle : Lanes::From::beginning) {}

  Result<LogVerdict> read(Checkpoint checkpoint, const std::optional<Checkpoint>& earlier) {
    verdict_.checkpoint = std::move(checkpoint);
    verdict_.from = from_;
    if (earlier && earlier->tree.size < from_) {
      return fail(ErrorCode::invalid_request,
                  std::format("The checkpoint kept from earlier has {} entries: whether the log continues it cannot be "
                              "seen from entry {} on.",
                              earlier->tree.size, from_));
    }
    take_what_stood_before();
    if (earlier && earlier->tree.size == from_) tree_then_ = fresh_.tree();
    if (earlier && earlier->tree.size > size_) {
      damage(std::format("the log shrank: a checkpoint kept from earlier has {} entries, this one {}",
                         earlier->tree.size, size_));
    }
    for (std::uint64_t first = from_; first < size_ && !cut_; first += tile_width) {
      TRY(read_bundle(first, earlier));
      if (cut_) break;
      TRY(compare_tiles());
    }
    if (!cut_ && fresh_.tree() != verdict_.checkpoint.tree)
      damage("the entries together are not those that were signed");
    if (earlier && !cut_ && earlier->tree.size <= size_ && tree_then_ != earlier->tree) {
      damage(
          std::format("the first {} entries are not those of the checkpoint kept from earlier: the log was rewritten",
                      earlier->tree.size));
    }
    verdict_.attempts = lanes_.attempts();
    verdict_.lanes = lanes_.all().size();
    verdict_.running = lanes_.running();
    return std::move(verdict_);
  }

 private:
  static void add(std::vector<std::string>& sentences, std::string sentence) {
    if (sentences.size() < most_sentences) sentences.push_back(std::move(sentence));
  }
  void damage(std::string sentence) { add(verdict_.damage, std::move(sentence)); }

  // The hashes of the entries that are not looked at, from the tiles that reach over the first that is.
  void take_what_stood_before() {
    if (from_ == 0) return;
    auto cut_from_the_newest = [this](const TileId& id) -> Result<std::string> {
      TileId newest = tile_at(id.level, id.index, size_);
      TRY_ASSIGN(auto bytes, tile_bytes(newest));
      if (!bytes) return fail(ErrorCode::not_found, std::format("{} is missing", path_of(newest)));
      return bytes->substr(0, id.width * sizeof(Digest));
    };
    auto before = TileBuilder::resume(from_, cut_from_the_newest);
    if (before) {
      fresh_ = *std::move(before);
    } else {
      damage(std::format("what stood before entry {} cannot be told: {}", from_, before.error().message));
      cut_ = true;
    }
  }

  // The file of a tile; the full one will do where a partial one is meant, cut to its width by who reads it.
  Result<std::optional<std::string>> tile_bytes(TileId tile) {
    TRY_ASSIGN(auto bytes, files_.read(path_of(tile)));
    if (bytes || tile.width == tile_width) return bytes;
    tile.width = tile_width;
    return files_.read(path_of(tile));
  }

  Result<> read_bundle(std::uint64_t first, const std::optional<Checkpoint>& earlier) {
    TileId id = tile_at(TileId::entries, first / tile_width, size_);
    TRY_ASSIGN(auto bundle, tile_bytes(id));
    auto entries = bundle ? entries_in(*bundle) : fail(ErrorCode::not_found, "");
    if (!entries || entries->size() < id.width) {
      damage(std::format("{} is {}: entries {} to {} cannot be read", path_of(id), bundle ? "damaged" : "missing",
                         first, first + id.width - 1));
      cut_ = true;
      return {};
    }
    TRY_ASSIGN(auto hashes, tile_bytes(tile_at(0, first / tile_width, size_)));
    for (std::uint64_t i = 0; i < id.width; ++i) {
      std::string_view entry = (*entries)[i];
      Digest hash = hash_entry(entry);
      std::string_view known = hashes && hashes->size() >= (i + 1) * sizeof hash
                                   ? std::string_view(*hashes).substr(i * sizeof hash, sizeof hash)
                                   : std::string_view();
      if (!known.empty() && !std::ranges::equal(known, hash, {}, [](char c) { return static_cast<std::uint8_t>(c); }))
        damage(std::format("entry {} does not fit its hash in the tree: it or the tile was edited", first + i));
      if (Result<> fits = lanes_.add(first + i, entry); !fits) add(verdict_.gaps, fits.error().message);
      fresh_.add(entry);
      if (earlier && first + i + 1 == earlier->tree.size) tree_then_ = fresh_.tree();
    }
    return {};
  }

  // What the entries make, beside what is there.
  Result<> compare_tiles() {
    for (const auto& [id, bytes] : fresh_.take_files()) {
      if (id.level == TileId::entries) continue;
      TRY_ASSIGN(auto there, tile_bytes(id));
      // In the middle of the log partial tiles of higher levels come and go; only those of its end are published.
      bool of_the_end = id.width == tile_width || fresh_.tree().size == size_;
      if (!there && of_the_end) damage(std::format("{} is missing", path_of(id)));
      if (there && std::string_view(*there).substr(0, bytes.size()) != bytes && of_the_end)
        damage(std::format("{} is not what the entries make", path_of(id)));
    }
    return {};
  }

  Files& files_;
  const std::uint64_t size_, from_;
  LogVerdict verdict_;
  TileBuilder fresh_;
  Lanes lanes_;
  Tree tree_then_;
  bool cut_ = false;
};

}  // namespace

Result<LogVerdict> verify_log(Files& files, const NoteVerifier& log, const std::optional<Checkpoint>& earlier,
                              std::uint64_t from) {
  TRY_ASSIGN(auto note, files.read(checkpoint_path));
  if (!note) return fail(ErrorCode::not_found, "There is no checkpoint: this is not a published log.");
  TRY_ASSIGN(Checkpoint checkpoint, open_checkpoint(*note, log));
  std::uint64_t size = checkpoint.tree.size;
  TRY_ASSIGN(LogVerdict verdict, Reader(files, size, from).read(std::move(checkpoint), earlier));
  verdict.note = *std::move(note);
  return verdict;
}

}  // namespace entente::audit
