// Tiles: a Merkle tree as files that never change, after C2SP tlog-tiles: 256 hashes of 32 bytes each, and the entries
// themselves in bundles of 256.
//
// TileBuilder grows a tree entry by entry and says which files that makes; it keeps only the unfinished tile of each
// level, in which all that the root needs is found. subtrees_in() reads hashes out of tiles for the proofs of
// merkle.hpp. Pure: reading and writing files is passed in. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/tree/merkle.hpp"

namespace entente::audit {

constexpr std::uint64_t tile_width = 256;
constexpr std::size_t longest_entry = 65'535;  // bundles count an entry's bytes in 16 bits

struct TileId {
  static constexpr unsigned entries = 64;  // as `level`: a bundle of entries; levels of hashes go to 63
  unsigned level = 0;
  std::uint64_t index = 0;
  std::uint32_t width = tile_width;  // below 256: a partial tile
  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/0/x001/x234/067", "tile/entries/000.p/17".
std::string path_of(const TileId& tile);

// The tile of that place as a log of so many entries has it: full, or as wide as the log is long.
TileId tile_at(unsigned level, std::uint64_t index, std::uint64_t size);

// The last entry that the full tile of that place stands for. A tile may be kept back when that is no longer published.
std::uint64_t last_entry_under(const TileId& tile);
std::optional<TileId> parse_tile_path(std::string_view path);  // none: not the one way to write a tile's path

using ReadTile = std::function<Result<std::string>(const TileId&)>;

// The hashes of complete subtrees in a tree of `size` entries. `read` may give a full tile for a partial one.
ReadSubtree subtrees_in(std::uint64_t size, ReadTile read);

// The entries of a bundle. Errors: invalid_request, when lengths and bytes do not fit.
Result<std::vector<std::string_view>> entries_in(std::string_view bundle);

class TileBuilder {
 public:
  struct File {
    TileId tile;
    std::string bytes;
  };

  TileBuilder() = default;
  // Goes on where files end. Errors: what `read` says; invalid_request when a file is not what its name says.
  static Result<TileBuilder> resume(std::uint64_t size, const ReadTile& read);

  void add(std::string_view entry);  // at most longest_entry bytes
  Tree tree() const;

  // What has changed since the last call: full tiles and the partial ones of this moment.
  std::vector<File> take_files();

 private:
  void add_hash(unsigned level, const Digest& hash);

  std::uint64_t size_ = 0;
  std::vector<std::vector<Digest>> levels_;  // the unfinished tile of each level, fewer than 256 hashes
  std::string bundle_;                       // the unfinished bundle
  std::vector<File> full_;                   // finished since the last take_files()
  std::uint64_t taken_size_ = 0;
};

}  // namespace entente::audit
