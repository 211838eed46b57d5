#include "audit/tree/tiles.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace entente::audit {
namespace {

std::string entry(std::uint64_t i) { return std::string(i % 40, 'x') + std::to_string(i); }

// A folder of tiles in memory.
struct Folder {
  std::map<std::string, std::string> files;
  void write(TileBuilder& builder) {
    for (auto& [tile, bytes] : builder.take_files()) files[path_of(tile)] = std::move(bytes);
  }
  ReadTile reader() const {
    return [this](const TileId& tile) -> Result<std::string> {
      auto found = files.find(path_of(tile));
      if (found == files.end()) return fail(ErrorCode::not_found, path_of(tile) + " is not there.");
      return found->second;
    };
  }
};

TEST(Tiles, PathsAreThoseOfTheSpecification) {
  const std::map<std::string, TileId> known{
      {"tile/0/x001/x234/067", {.level = 0, .index = 1234067}},
      {"tile/0/000", {.level = 0, .index = 0}},
      {"tile/63/999", {.level = 63, .index = 999}},
      {"tile/1/x001/000.p/255", {.level = 1, .index = 1000, .width = 255}},
      {"tile/entries/x273/001.p/1", {.level = TileId::entries, .index = 273001, .width = 1}}};
  for (const auto& [path, tile] : known) {
    EXPECT_EQ(path_of(tile), path);
    EXPECT_EQ(parse_tile_path(path), tile);
  }
}

TEST(Tiles, WhatIsNoPathOfATileIsNone) {
  for (const char* path : {"",
                           "tile",
                           "tile/0",
                           "tile/0/",
                           "tile/0/1",
                           "tile/0/0001",
                           "tile/64/000",
                           "tile/00/000",
                           "tile/-1/000",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/",
                           "tile/0/001/000",
                           "tile/0/x000/001",
                           "tile/0/000/",
                           "tile/0/../../etc/passwd",
                           "tile/entries",
                           "tile/entries/../000",
                           "tile/0/x999/x999/x999/x999/"
                           "x999/x999/x999/x999/999",
                           "tile/0/+01",
                           "tile/0/000.p/1.p/1",
                           "/tile/0/000",
                           "tile/0/000 "})
    EXPECT_EQ(parse_tile_path(path), std::nullopt) << path;
}

TEST(Tiles, AreAsWideAsTheirLogIsLong) {
  EXPECT_EQ(tile_at(0, 0, 700), (TileId{.level = 0, .index = 0}));
  EXPECT_EQ(tile_at(TileId::entries, 2, 700), (TileId{.level = TileId::entries, .index = 2, .width = 188}));
  EXPECT_EQ(tile_at(1, 0, 700), (TileId{.level = 1, .index = 0, .width = 2}));
  EXPECT_EQ(tile_at(2, 0, 70'000), (TileId{.level = 2, .index = 0, .width = 1}));
}

TEST(Tiles, SayWhichEntriesTheyStandFor) {
  EXPECT_EQ(last_entry_under({.level = TileId::entries, .index = 0}), 255u);
  EXPECT_EQ(last_entry_under({.level = 0, .index = 2, .width = 7}), 767u);
  EXPECT_EQ(last_entry_under({.level = 1, .index = 0}), 65'535u);
  EXPECT_EQ(last_entry_under({.level = 6, .index = 0}), (std::uint64_t{1} << 56) - 1);
  EXPECT_EQ(last_entry_under({.level = 6, .index = 256}), UINT64_MAX);
  EXPECT_EQ(last_entry_under({.level = 63, .index = 0}), UINT64_MAX);
}

// The example of the specification, section "Partial Tiles".
TEST(Tiles, ATreeOf70000HasTheTilesOfTheSpecification) {
  TileBuilder builder;
  for (std::uint64_t i = 0; i < 70'000; ++i) builder.add(entry(i));
  std::map<unsigned, std::uint64_t> full;
  std::set<std::string> partial;
  for (const auto& [tile, bytes] : builder.take_files()) {
    if (tile.width == tile_width) {
      ++full[tile.level];
    } else {
      partial.insert(path_of(tile));
    }
    if (tile.level != TileId::entries) {
      EXPECT_EQ(bytes.size(), tile.width * 32u);
    }
  }
  EXPECT_EQ(full, (std::map<unsigned, std::uint64_t>{{0, 273}, {1, 1}, {TileId::entries, 273}}));
  EXPECT_EQ(partial,
            (std::set<std::string>{"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"}));
}

TEST(Tiles, ProofsFromTilesHoldAtEverySizeAroundTheEdges) {
  Folder folder;
  TileBuilder builder;
  std::vector<Tree> trees{builder.tree()};
  const std::set<std::uint64_t> stops{1, 2, 3, 255, 256, 257, 511, 512, 513, 700};
  for (std::uint64_t i = 0; i < 700; ++i) {
    builder.add(entry(i));
    trees.push_back(builder.tree());
    if (stops.contains(i + 1)) folder.write(builder);
  }
  for (std::uint64_t size : stops) {
    ReadSubtree read = subtrees_in(size, folder.reader());
    EXPECT_EQ(*root_of(size, read), trees[size].root) << size;
    for (std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
      auto proof = prove_inclusion(index, size, read);
      ASSERT_TRUE(proof) << proof.error().message;
      EXPECT_TRUE(check_inclusion(hash_entry(entry(index)), index, trees[size], *proof)) << index << " of " << size;
    }
    for (std::uint64_t before = 1; before <= size; before += 1 + before / 3)
      EXPECT_TRUE(check_consistency(trees[before], trees[size], *prove_consistency(before, size, read)));
  }
}

TEST(Tiles, ABuilderThatResumesMakesTheSameTree) {
  for (std::uint64_t stop : {0, 1, 100, 255, 256, 300, 512, 66'000}) {
    Folder folder;
    TileBuilder whole;
    for (std::uint64_t i = 0; i < stop; ++i) whole.add(entry(i));
    folder.write(whole);
    auto resumed = TileBuilder::resume(stop, folder.reader());
    ASSERT_TRUE(resumed) << stop << resumed.error().message;
    EXPECT_EQ(resumed->tree(), whole.tree());
    EXPECT_TRUE(resumed->take_files().empty());
    for (std::uint64_t i = stop; i < stop + 300; ++i) {
      whole.add(entry(i));
      resumed->add(entry(i));
    }
    EXPECT_EQ(resumed->tree(), whole.tree());
    Folder of_whole, of_resumed;
    of_whole.write(whole);
    of_resumed.write(*resumed);
    EXPECT_EQ(of_resumed.files, of_whole.files);
  }
}

TEST(Tiles, ADamagedOrMissingFileIsSaid) {
  Folder folder;
  TileBuilder builder;
  for (std::uint64_t i = 0; i < 300; ++i) builder.add(entry(i));
  folder.write(builder);
  for (const auto& [path, bytes] : folder.files) {
    if (!path.contains(".p/")) continue;  // full ones are not needed to go on
    for (const std::string& damaged : {bytes.substr(1), std::string(), bytes + "x"}) {
      Folder broken = folder;
      broken.files[path] = damaged;
      EXPECT_FALSE(TileBuilder::resume(300, broken.reader())) << path;
    }
    Folder broken = folder;
    broken.files.erase(path);
    EXPECT_EQ(TileBuilder::resume(300, broken.reader()).error().code, ErrorCode::not_found);
  }
  Folder flipped = folder;
  flipped.files["tile/entries/001.p/44"][5] ^= 1;
  EXPECT_FALSE(TileBuilder::resume(300, flipped.reader())) << "an entry that is not what its hash says";
}

TEST(Tiles, EntriesComeBackFromBundles) {
  TileBuilder builder;
  std::vector<std::string> entries{"", "a", std::string(255, 'b'), std::string(256, 'c'),
                                   std::string(longest_entry, 'd')};
  for (const std::string& one : entries) builder.add(one);
  for (const auto& [tile, bytes] : builder.take_files()) {
    if (tile.level != TileId::entries) continue;
    auto found = entries_in(bytes);
    ASSERT_TRUE(found);
    EXPECT_EQ(std::vector<std::string>(found->begin(), found->end()), entries);
    for (std::size_t cut : {1u, 3u, 4u, 100u}) {
      auto part = entries_in(std::string_view(bytes).substr(0, bytes.size() - cut));
      EXPECT_FALSE(part) << cut;
    }
  }
}

}  // namespace
}  // namespace entente::audit
