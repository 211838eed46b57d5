#include "audit/log/log.hpp"

#include <map>
#include <utility>

#include <gtest/gtest.h>

namespace entente::audit {
namespace {

// A disk that can fail: at the write with that number, or for good.
struct Disk final : Files {
  std::map<std::string, std::string> files;
  int writes = 0, fails_at = -1;
  bool full = false;

  Result<std::optional<std::string>> read(const std::string& path) override {
    auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  Result<> write(const std::string& path, std::string_view bytes) override {
    if (full || writes++ == fails_at) return fail(ErrorCode::unavailable, "The disk is full.");
    files[path] = bytes;
    return {};
  }
  void remove_folder(const std::string& path) override {
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(path + "/"); });
  }
};

// A clock that stands where it is put.
struct StillClock final : Clock {
  Instant at{std::chrono::seconds(1'800'000'000)};
  Instant now() const override { return at; }
};

struct Publishing : testing::Test {
  Disk disk;
  StillClock clock;
  std::optional<MldsaCosigner> mldsa{std::in_place, "example.org/log", Seed{7}};
  std::vector<std::string> journal;

  static NoteSigner signer(std::uint8_t byte = 7) {
    Seed seed{};
    seed.fill(byte);
    return {"example.org/log", seed};
  }
  Result<Log> open(std::uint8_t key = 7) {
    auto entries = [this](std::uint64_t first) -> Result<std::vector<std::string>> {
      if (first >= journal.size()) return std::vector<std::string>{};
      std::size_t most = std::min<std::size_t>(100, journal.size() - first);
      auto begin = journal.begin() + static_cast<std::ptrdiff_t>(first);
      return std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(most));
    };
    return Log::open({.ed25519 = signer(key), .mldsa = mldsa}, disk, entries, clock);
  }
  void write(std::size_t entries) {
    for (std::size_t i = 0; i < entries; ++i) journal.push_back("entry " + std::to_string(journal.size()));
  }
  Checkpoint on_disk() const { return *open_checkpoint(disk.files.at(checkpoint_path), signer().verifier()); }
  ReadTile reader() const {
    return [this](const TileId& tile) -> Result<std::string> { return disk.files.at(path_of(tile)); };
  }
};

TEST_F(Publishing, WhatTheJournalHasIsProvableFromTheFiles) {
  auto log = open();
  ASSERT_TRUE(log);
  EXPECT_TRUE(*log->publish()) << "an empty log has a checkpoint, too";
  EXPECT_FALSE(*log->publish());
  std::vector<Tree> signed_trees;
  for (std::size_t some : {1, 254, 1, 1, 700}) {
    write(some);
    EXPECT_TRUE(*log->publish());
    EXPECT_FALSE(*log->publish());
    signed_trees.push_back(on_disk().tree);
    EXPECT_EQ(signed_trees.back().size, journal.size());
  }
  Tree tree = on_disk().tree;
  ReadSubtree read = subtrees_in(tree.size, reader());
  for (std::uint64_t i = 0; i < tree.size; i += 13)
    EXPECT_TRUE(check_inclusion(hash_entry(journal[i]), i, tree, *prove_inclusion(i, tree.size, read)));
  for (const Tree& before : signed_trees)
    EXPECT_TRUE(check_consistency(before, tree, *prove_consistency(before.size, tree.size, read)));
}

TEST_F(Publishing, PartialTilesGoWhenTheFullOneIsThere) {
  auto log = open();
  for (int i = 0; i < 520; ++i) {
    write(1);
    ASSERT_TRUE(*log->publish());
  }
  std::size_t partial = 0;
  for (const auto& [path, bytes] : disk.files) partial += path.contains(".p/") ? 1 : 0;
  EXPECT_EQ(partial, 8u + 8u + 2u) << "of level 0 and of the entries since 512, of level 1 since 256";
}

TEST_F(Publishing, ItGoesOnWhereAnEarlierRunEnded) {
  for (std::size_t some : {3, 300, 0, 512}) {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message;
    write(some);
    ASSERT_TRUE(log->publish());
    EXPECT_EQ(on_disk().tree.size, journal.size());
  }
}

// The process ends, or the disk refuses, at every single write: nothing that was signed is contradicted, nothing lost.
TEST_F(Publishing, AStopAtAnyWriteIsMadeGoodByTheNextStart) {
  for (int stop = 0; stop < 40; ++stop) {
    disk = {};
    journal.clear();
    write(250);
    ASSERT_TRUE(open()->publish());
    Tree before = on_disk().tree;
    write(300);
    disk.writes = 0;
    disk.fails_at = stop;
    auto log = open();
    ASSERT_TRUE(log);
    bool done = log->publish().has_value();
    EXPECT_TRUE(on_disk().tree == before || done);
    auto again = open();
    ASSERT_TRUE(again) << stop << again.error().message;
    ASSERT_TRUE(again->publish());
    Tree tree = on_disk().tree;
    EXPECT_EQ(tree.size, 550u);
    EXPECT_TRUE(check_consistency(before, tree, *prove_consistency(before.size, 550, subtrees_in(550, reader()))));
    if (done) return;
  }
  FAIL() << "more writes than expected";
}

TEST_F(Publishing, ADiskThatWasFullIsWrittenWhenItHasRoomAgain) {
  auto log = open();
  write(300);
  disk.full = true;
  EXPECT_FALSE(log->publish());
  write(300);
  EXPECT_FALSE(log->publish());
  disk.full = false;
  ASSERT_TRUE(*log->publish());
  EXPECT_EQ(on_disk().tree.size, 600u);
  for (std::uint64_t i : {0, 255, 256, 599}) {
    EXPECT_TRUE(check_inclusion(hash_entry(journal[i]), i, on_disk().tree,
                                *prove_inclusion(i, 600, subtrees_in(600, reader()))));
  }
}

TEST_F(Publishing, TilesThatAreMissingOrDamagedAreMadeAgain) {
  write(300);
  ASSERT_TRUE(open()->publish());
  std::map<std::string, std::string> whole = disk.files;
  for (const auto& [path, bytes] : whole) {
    if (path == checkpoint_path || !path.contains(".p/")) continue;
    for (bool missing : {true, false}) {
      disk.files = whole;
      if (missing) {
        disk.files.erase(path);
      } else {
        disk.files[path][3] ^= 1;
      }
      auto log = open();
      ASSERT_TRUE(log) << path << log.error().message;
      ASSERT_TRUE(log->publish());
      EXPECT_EQ(disk.files, whole) << path;
    }
  }
}

TEST_F(Publishing, AJournalThatContradictsWhatWasSignedIsRefused) {
  write(300);
  ASSERT_TRUE(open()->publish());
  std::vector<std::string> honest = journal;

  journal.resize(299);  // an older copy of the store
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
  journal = honest;
  journal.back() = "edited";
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
  journal = honest;
  journal[5] = "edited";
  disk.files.erase("tile/0/001.p/44");  // rebuilt from a journal that says something else
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
  journal = honest;
  EXPECT_TRUE(open());
  EXPECT_EQ(open(8).error().code, ErrorCode::conflict) << "another key";
}

// When ML-DSA-44 signed the published checkpoint; none: it has not.
std::optional<std::chrono::sys_seconds> cosigned_at(const Disk& disk, const MldsaCosigner& key) {
  auto parts = split_note(disk.files.at(checkpoint_path));
  for (const NoteSignature& signature : parts->signatures) {
    auto at = key.verifier().time_of(signature, parts->text);
    EXPECT_TRUE(at) << at.error().message;
    if (at && *at) return *at;
  }
  return std::nullopt;
}

TEST_F(Publishing, BothKeysSignAndATimeThatNeverGoesBack) {
  auto log = open();
  write(3);
  ASSERT_TRUE(*log->publish());
  auto first = cosigned_at(disk, *mldsa);
  EXPECT_EQ(first, std::chrono::floor<std::chrono::seconds>(clock.at));
  clock.at -= std::chrono::hours(5);
  write(3);
  ASSERT_TRUE(*log->publish());
  EXPECT_EQ(cosigned_at(disk, *mldsa), first);
  write(3);
  ASSERT_TRUE(*open()->publish());
  EXPECT_EQ(cosigned_at(disk, *mldsa), first) << "another run knows it, too";
  clock.at += std::chrono::hours(6);
  write(3);
  ASSERT_TRUE(*open()->publish());
  EXPECT_GT(cosigned_at(disk, *mldsa), first);
}

TEST_F(Publishing, ALogThatGetsASecondKeySignsWithItAtOnce) {
  MldsaCosigner key = *std::exchange(mldsa, std::nullopt);
  write(300);
  ASSERT_TRUE(*open()->publish());
  EXPECT_EQ(split_note(disk.files.at(checkpoint_path))->signatures.size(), 1u);
  EXPECT_FALSE(*open()->publish());
  mldsa = key;
  auto log = open();
  EXPECT_TRUE(*log->publish());
  EXPECT_FALSE(*log->publish());
  EXPECT_TRUE(cosigned_at(disk, key));
  EXPECT_FALSE(*open()->publish());
  EXPECT_EQ(on_disk().tree.size, 300u);

  MldsaCosigner other("example.org/log", Seed{8});
  mldsa = other;  // the key was lost, and another made
  EXPECT_TRUE(*open()->publish());
  EXPECT_TRUE(cosigned_at(disk, other));
  EXPECT_FALSE(cosigned_at(disk, key));
}

TEST_F(Publishing, WithoutATimeNothingIsSignedAndNothingLost) {
  write(10);
  auto log = open();
  clock.at = {};
  EXPECT_FALSE(log->publish());
  EXPECT_FALSE(disk.files.contains(checkpoint_path));
  clock.at += std::chrono::hours(24);
  write(10);
  EXPECT_TRUE(*log->publish());
  EXPECT_EQ(on_disk().tree.size, 20u);
}

// What witnesses are shown before it is published.
struct Offering : Publishing {
  Checkpoint shown() const { return *open_checkpoint(disk.files.at(offered_path), signer().verifier()); }
};

TEST_F(Offering, IsPublishedOnlyWhenItIsSaidSo) {
  write(300);
  auto log = open();
  ASSERT_TRUE(*log->offer(Log::Shown::yes));
  EXPECT_FALSE(disk.files.contains(checkpoint_path));
  EXPECT_EQ(shown().tree.size, 300u);
  EXPECT_TRUE(
      check_inclusion(hash_entry(journal[17]), 17, log->offered().tree, *prove_inclusion(17, 300, log->subtrees())));
  std::string line = signature_line("witness.example", "abcd", "signature");
  ASSERT_TRUE(log->keep_offer(line));
  EXPECT_EQ(disk.files.at(offered_path), log->offered_note() + line);
  EXPECT_TRUE(*log->offer(Log::Shown::yes)) << "it waits still";
  ASSERT_TRUE(log->publish_offer(line));
  EXPECT_EQ(disk.files.at(checkpoint_path), log->offered_note() + line);
  EXPECT_FALSE(*log->offer(Log::Shown::yes));
  write(300);
  EXPECT_TRUE(*log->offer(Log::Shown::yes));
  EXPECT_EQ(on_disk().tree.size, 300u);
  EXPECT_EQ(shown().tree.size, 600u);
}

TEST_F(Offering, WhatWasPublishedStaysProvableWhileMoreIsOffered) {
  write(250);
  auto log = open();
  ASSERT_TRUE(*log->publish());
  for (int i = 0; i < 30; ++i) {
    write(20);
    ASSERT_TRUE(*log->offer(Log::Shown::yes));
    ReadSubtree read = subtrees_in(250, tiles_in(disk));
    for (std::uint64_t entry : {0, 249})
      EXPECT_TRUE(
          check_inclusion(hash_entry(journal[entry]), entry, on_disk().tree, *prove_inclusion(entry, 250, read)));
  }
  ASSERT_TRUE(log->publish_offer({}));
  EXPECT_EQ(on_disk().tree.size, 850u);
  EXPECT_FALSE(disk.files.contains("tile/0/000.p/250")) << "partial tiles go when what replaces them is published";
}

TEST_F(Offering, IsNeverContradictedByALaterRun) {
  write(100);
  ASSERT_TRUE(open()->publish());
  write(100);
  ASSERT_TRUE(open()->offer(Log::Shown::yes));
  std::vector<std::string> honest = journal;
  journal.resize(150);  // an older copy of the store: it continues what was published, and not what was shown
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
  journal = honest;
  journal[199] = "edited";
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
  journal = honest;
  auto log = open();
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_TRUE(*log->offer(Log::Shown::yes)) << "it is not published yet";
  EXPECT_EQ(log->offered().tree.size, 200u);
  // Nobody has to cosign any more.
  EXPECT_TRUE(*open()->publish());
  EXPECT_EQ(on_disk().tree.size, 200u);
}

TEST_F(Offering, AStopAtAnyWriteIsMadeGoodByTheNextStart) {
  for (int stop = 0; stop < 60; ++stop) {
    disk = {};
    journal.clear();
    write(250);
    ASSERT_TRUE(open()->publish());
    Tree published = on_disk().tree;
    write(300);
    disk.writes = 0;
    disk.fails_at = stop;
    auto log = open();
    ASSERT_TRUE(log);
    bool offered = log->offer(Log::Shown::yes).has_value();
    bool done = offered && log->publish_offer({});
    EXPECT_TRUE(done || on_disk().tree == published);
    EXPECT_TRUE(!offered || shown().tree == log->offered().tree);
    // The same process goes on, and so does another.
    disk.fails_at = -1;
    write(10);
    for (auto* one : {&*log, static_cast<Log*>(nullptr)}) {
      auto fresh = open();
      ASSERT_TRUE(fresh) << stop << fresh.error().message;
      Log& it = one ? *one : *fresh;
      auto unpublished = it.offer(Log::Shown::yes);
      ASSERT_TRUE(unpublished) << stop << unpublished.error().message;
      EXPECT_EQ(*unpublished, one != nullptr) << "once it is published, another process has nothing left to do";
      ASSERT_TRUE(!*unpublished || it.publish_offer({}));
      EXPECT_EQ(on_disk().tree.size, 560u);
      EXPECT_TRUE(
          check_consistency(published, on_disk().tree, *prove_consistency(250, 560, subtrees_in(560, reader()))));
    }
    if (done) return;
  }
  FAIL() << "more writes than expected";
}

}  // namespace
}  // namespace entente::audit
