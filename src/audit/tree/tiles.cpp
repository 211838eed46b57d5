#include "audit/tree/tiles.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <format>

#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::size_t hash_bytes = sizeof(Digest);

std::string bytes_of(const std::vector<Digest>& hashes) {
  std::string out;
  out.reserve(hashes.size() * hash_bytes);
  for (const Digest& hash : hashes) out += as_text(hash);
  return out;
}

Digest hash_at(std::string_view tile, std::uint64_t index) {
  Digest hash;
  std::ranges::copy(tile.substr(index * hash_bytes, hash_bytes), hash.begin());
  return hash;
}

std::string entry_with_length(std::string_view entry) {
  std::string out{static_cast<char>(entry.size() >> 8), static_cast<char>(entry.size() & 0xff)};
  return out.append(entry);
}

// The hash of a complete subtree, from the hashes of its 2^n parts.
Digest fold(std::span<const Digest> parts) {
  if (parts.size() == 1) return parts[0];
  std::size_t half = parts.size() / 2;
  return hash_children(fold(parts.first(half)), fold(parts.subspan(half)));
}

std::string_view take_element(std::string_view& path) {
  auto slash = path.find('/');
  std::string_view element = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return element;
}

Error not_a_tile(const TileId& tile) {
  return {.code = ErrorCode::invalid_request,
          .message = std::format("{} is damaged: it does not hold what its name says.", path_of(tile))};
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) { return level < 8 ? size >> (8 * level) : 0; }

}  // namespace

std::string path_of(const TileId& tile) {
  std::string number = std::format("{:03}", tile.index % 1000);
  for (std::uint64_t rest = tile.index / 1000; rest > 0; rest /= 1000)
    number = std::format("x{:03}/{}", rest % 1000, number);
  std::string path =
      tile.level == TileId::entries ? "tile/entries/" + number : std::format("tile/{}/{}", tile.level, number);
  return tile.width == tile_width ? path : std::format("{}.p/{}", path, tile.width);
}

TileId tile_at(unsigned level, std::uint64_t index, std::uint64_t size) {
  std::uint64_t there = hashes_at(level == TileId::entries ? 0 : level, size) - index * tile_width;
  return {.level = level, .index = index, .width = static_cast<std::uint32_t>(std::min(there, tile_width))};
}

std::uint64_t last_entry_under(const TileId& tile) {
  unsigned level = tile.level == TileId::entries ? 0 : tile.level;
  if (level >= 7) return UINT64_MAX;  // 2^64 entries and more
  std::uint64_t each = tile_width << (8 * level);
  return tile.index >= UINT64_MAX / each ? UINT64_MAX : (tile.index + 1) * each - 1;
}

std::optional<TileId> parse_tile_path(std::string_view path) {
  TileId tile;
  std::string_view rest = path;
  if (take_element(rest) != "tile") return std::nullopt;
  std::string_view level = take_element(rest);
  if (level == "entries") {
    tile.level = TileId::entries;
  } else if (auto number = parse_number(level); number && *number < 64) {
    tile.level = static_cast<unsigned>(*number);
  } else {
    return std::nullopt;
  }
  if (auto partial = rest.find(".p/"); partial != std::string_view::npos) {
    auto width = parse_number(rest.substr(partial + 3));
    if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
    tile.width = static_cast<std::uint32_t>(*width);
    rest = rest.substr(0, partial);
  }
  while (!rest.empty()) {
    std::string_view element = take_element(rest);
    if (!rest.empty() && (element.empty() || element[0] != 'x')) return std::nullopt;
    if (!rest.empty()) element.remove_prefix(1);
    std::uint64_t part = 0;
    auto [end, failure] = std::from_chars(element.data(), element.data() + element.size(), part);
    if (element.size() != 3 || failure != std::errc() || end != element.data() + 3) return std::nullopt;
    if (tile.index > UINT64_MAX / 2000) return std::nullopt;
    tile.index = tile.index * 1000 + part;
  }
  if (path_of(tile) != path) return std::nullopt;
  return tile;
}

ReadSubtree subtrees_in(std::uint64_t size, ReadTile read) {
  return [size, read = std::move(read)](unsigned level, std::uint64_t index) -> Result<Digest> {
    unsigned tile_level = level / 8, inside = level % 8;
    std::uint64_t first = index << inside, count = std::uint64_t{1} << inside;
    TileId tile = tile_at(tile_level, first / tile_width, size);
    TRY_ASSIGN(std::string bytes, read(tile));
    if (bytes.size() != tile.width * hash_bytes && bytes.size() != tile_width * hash_bytes)
      return fail(not_a_tile(tile));
    std::vector<Digest> parts;
    parts.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) parts.push_back(hash_at(bytes, first % tile_width + i));
    return fold(parts);
  };
}

Result<std::vector<std::string_view>> entries_in(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (!bundle.empty()) {
    std::size_t length = bundle.size() < 2 ? bundle.size()
                                           : static_cast<std::size_t>(static_cast<unsigned char>(bundle[0])) << 8 |
                                                 static_cast<unsigned char>(bundle[1]);
    if (bundle.size() < 2 + length)
      return fail(ErrorCode::invalid_request, "A bundle of entries is damaged: it ends within an entry.");
    entries.push_back(bundle.substr(2, length));
    bundle.remove_prefix(2 + length);
  }
  return entries;
}

Result<TileBuilder> TileBuilder::resume(std::uint64_t size, const ReadTile& read) {
  TileBuilder builder;
  builder.size_ = builder.taken_size_ = size;
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    std::uint64_t hashes = hashes_at(level, size), width = hashes % tile_width;
    builder.levels_.emplace_back();
    if (width == 0) continue;
    TileId tile = tile_at(level, hashes / tile_width, size);
    TRY_ASSIGN(std::string bytes, read(tile));
    if (bytes.size() != width * hash_bytes) return fail(not_a_tile(tile));
    for (std::uint64_t i = 0; i < width; ++i) builder.levels_.back().push_back(hash_at(bytes, i));
  }
  if (size % tile_width == 0) return builder;
  TileId bundle = tile_at(TileId::entries, size / tile_width, size);
  TRY_ASSIGN(builder.bundle_, read(bundle));
  TRY_ASSIGN(auto entries, entries_in(builder.bundle_));
  if (entries.size() != bundle.width) return fail(not_a_tile(bundle));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (hash_entry(entries[i]) != builder.levels_[0][i]) return fail(not_a_tile(bundle));
  }
  return builder;
}

void TileBuilder::add(std::string_view entry) {
  bundle_ += entry_with_length(entry);
  add_hash(0, hash_entry(entry));
  if (++size_ % tile_width > 0) return;
  full_.push_back({{.level = TileId::entries, .index = size_ / tile_width - 1}, std::exchange(bundle_, {})});
}

void TileBuilder::add_hash(unsigned level, const Digest& hash) {
  if (levels_.size() == level) levels_.emplace_back();
  std::vector<Digest>& tile = levels_[level];
  tile.push_back(hash);
  if (tile.size() < tile_width) return;
  std::uint64_t index = (size_ + 1) / (tile_width << (8 * level)) - 1;  // size_ does not count this entry yet
  full_.push_back({{.level = level, .index = index}, bytes_of(tile)});
  Digest above = fold(tile);
  tile.clear();
  add_hash(level + 1, above);
}

// The unfinished tiles hold, from the highest level down, exactly the complete subtrees that the tree is made of.
Tree TileBuilder::tree() const {
  std::vector<Digest> subtrees;
  for (std::size_t level = levels_.size(); level > 0; --level) {
    std::span<const Digest> rest = levels_[level - 1];
    while (!rest.empty()) {
      std::size_t part = std::bit_floor(rest.size());
      subtrees.push_back(fold(rest.first(part)));
      rest = rest.subspan(part);
    }
  }
  if (subtrees.empty()) return {};
  Digest root = subtrees.back();
  for (std::size_t i = subtrees.size() - 1; i > 0; --i) root = hash_children(subtrees[i - 1], root);
  return {.size = size_, .root = root};
}

std::vector<TileBuilder::File> TileBuilder::take_files() {
  std::vector<File> files = std::exchange(full_, {});
  if (size_ == std::exchange(taken_size_, size_)) return files;
  for (unsigned level = 0; level < levels_.size(); ++level) {
    if (levels_[level].empty()) continue;
    TileId tile{.level = level,
                .index = hashes_at(level, size_) / tile_width,
                .width = static_cast<std::uint32_t>(levels_[level].size())};
    files.push_back({tile, bytes_of(levels_[level])});
  }
  if (!bundle_.empty()) {
    auto width = static_cast<std::uint32_t>(size_ % tile_width);
    files.push_back({{.level = TileId::entries, .index = size_ / tile_width, .width = width}, bundle_});
  }
  return files;
}

}  // namespace entente::audit
