#include "audit/log/verify.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "audit/entries/entry.hpp"

namespace entente::audit {
namespace {

struct Folder final : Files {
  std::map<std::string, std::string> files;
  Result<std::optional<std::string>> read(const std::string& path) override {
    auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  Result<> write(const std::string& path, std::string_view bytes) override {
    files[path] = bytes;
    return {};
  }
  void remove_folder(const std::string& path) override {
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(path + "/"); });
  }
};

// A log of attempts in a few lanes, published as the server does it.
struct Verifying : testing::Test {
  static constexpr int attempts = 350;
  NoteSigner signer{"example.org/log", Seed{1, 2, 3}};
  std::vector<std::string> journal;

  Verifying() {
    std::mt19937 random(5);
    std::map<std::string, Entry> last;
    for (int i = 0; i < attempts; ++i) {
      std::string lane = "lan_" + std::to_string(random() % 4);
      Entry& entry = last[lane];
      entry.lane = lane;
      entry.number += 1;
      entry.attempt = "att_" + std::to_string(i);
      entry.at = "2026-11-24T10:00:00.000000Z";
      entry.record = sha256(entry.attempt);
      for (EntryKind kind : {EntryKind::intent, EntryKind::outcome}) {
        entry.kind = kind;
        journal.push_back(entry_text(entry));
        entry.previous = hash_entry(journal.back());
      }
    }
  }

  Folder publish(const std::vector<std::string>& entries) {
    Folder folder;
    auto from = [&](std::uint64_t first) -> Result<std::vector<std::string>> {
      return std::vector<std::string>(entries.begin() + static_cast<std::ptrdiff_t>(first), entries.end());
    };
    auto log = Log::open({.ed25519 = signer, .mldsa = {}}, folder, from, system_clock());
    EXPECT_TRUE(log->publish());
    return folder;
  }
  Result<LogVerdict> verdict(Folder& folder, std::optional<Checkpoint> earlier = {}) {
    return verify_log(folder, signer.verifier(), earlier);
  }
};

TEST_F(Verifying, AnHonestLogIsIntactAndWhole) {
  Folder folder = publish(journal);
  auto found = verdict(folder);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->damage.empty()) << found->damage.front();
  EXPECT_TRUE(found->gaps.empty()) << found->gaps.front();
  EXPECT_EQ(found->attempts, 350u);
  EXPECT_EQ(found->lanes, 4u);
  EXPECT_EQ(found->running, 0u);
}

TEST_F(Verifying, EveryFlippedBitIsFound) {
  Folder honest = publish(journal);
  std::vector<std::string> paths;
  paths.reserve(honest.files.size());
  for (const auto& [path, bytes] : honest.files) paths.push_back(path);
  std::mt19937 random(17);
  for (int i = 0; i < 400; ++i) {
    Folder folder = honest;
    std::string& file = folder.files[paths[random() % paths.size()]];
    std::size_t at = random() % file.size();
    file[at] = static_cast<char>(file[at] ^ (1 << random() % 8));
    auto found = verdict(folder);
    // The last characters of a base64 signature have bits that carry nothing: the same note.
    bool same = found && file.contains("\u2014") && found->checkpoint.tree == verdict(honest)->checkpoint.tree;
    EXPECT_TRUE(!found || !found->damage.empty() || same) << "byte " << at << " of a file of " << file.size();
  }
}

TEST_F(Verifying, EveryMissingFileIsNamed) {
  Folder honest = publish(journal);
  for (const auto& [path, bytes] : honest.files) {
    Folder folder = honest;
    folder.files.erase(path);
    auto found = verdict(folder);
    if (path == checkpoint_path) {
      EXPECT_EQ(found.error().code, ErrorCode::not_found);
      continue;
    }
    ASSERT_TRUE(found);
    ASSERT_FALSE(found->damage.empty()) << path;
    EXPECT_TRUE(found->damage.front().contains(path)) << found->damage.front();
  }
}

// What somebody with the signing key could do: a flawless tree over other entries.
TEST_F(Verifying, EntriesLeftOutOrRewrittenBeforeSigningAreFoundByTheirLanes) {
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> entries = journal;
    std::size_t at = random() % (entries.size() - 40);  // each lane goes on after it
    std::string what;
    switch (i % 3) {
      case 0: what = "left out", entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at)); break;
      case 1: what = "swapped", std::swap(entries[at], entries[at + 1]); break;
      default: {
        what = "rewritten";
        Entry entry = *parse_entry(entries[at]);
        entry.record[0] ^= 1;
        entries[at] = entry_text(entry);
      }
    }
    Folder folder = publish(entries);
    auto found = verdict(folder);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->damage.empty()) << "the tree itself is flawless";
    bool other_lanes = what == "swapped" && parse_entry(journal[at])->lane != parse_entry(journal[at + 1])->lane;
    EXPECT_EQ(found->gaps.empty(), other_lanes) << what << " at " << at;
  }
}

TEST_F(Verifying, ALogThatWasRewrittenOrShrankDoesNotContinueAnEarlierCheckpoint) {
  std::vector<std::string> half(journal.begin(), journal.begin() + 300);
  Folder early = publish(half);
  Checkpoint kept = verdict(early)->checkpoint;
  Folder grown = publish(journal);
  EXPECT_TRUE(verdict(grown, kept)->damage.empty());

  // Rewritten from the beginning, every lane made right again: only who kept a checkpoint can tell.
  std::vector<std::string> forged;
  std::map<std::string, Digest> last;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    Entry entry = *parse_entry(journal[i]);
    if (i == 10) entry.record[5] ^= 1;
    entry.previous = last[entry.lane];
    forged.push_back(entry_text(entry));
    last[entry.lane] = hash_entry(forged.back());
  }
  Folder rewritten = publish(forged);
  EXPECT_TRUE(verdict(rewritten)->damage.empty() && verdict(rewritten)->gaps.empty());
  EXPECT_FALSE(verdict(rewritten, kept)->damage.empty());

  std::vector<std::string> short_one(journal.begin(), journal.begin() + 200);
  Folder shrunk = publish(short_one);
  EXPECT_FALSE(verdict(shrunk, kept)->damage.empty());
}

// What a log keeps back when it is published from an entry on: bundles and tiles that stand for older ones alone.
void prune(Folder& folder, std::uint64_t from) {
  std::erase_if(folder.files, [&](const auto& file) {
    auto tile = parse_tile_path(file.first);
    return tile && last_entry_under(*tile) < from;
  });
}

TEST_F(Verifying, APrunedLogIsCheckedFromTheFirstEntryThatIsPublished) {
  Folder whole = publish(journal);
  for (std::uint64_t from : {1u, 255u, 256u, 300u, 512u, 699u, 700u}) {
    Folder folder = whole;
    prune(folder, from);
    auto found = verify_log(folder, signer.verifier(), {}, from);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->damage.empty()) << from << ": " << found->damage.front();
    EXPECT_TRUE(found->gaps.empty()) << from << ": " << found->gaps.front();
    EXPECT_EQ(found->from, from / 256 * 256);
    EXPECT_EQ(found->attempts, (700 - from / 256 * 256) / 2);
    if (from < 256) continue;
    EXPECT_FALSE(verdict(folder)->damage.empty()) << "the beginning is not there";
    // Whatever of it is edited is found, also the hashes of what stood before.
    std::mt19937 random(23);
    for (const auto& [path, bytes] : folder.files) {
      if (!path.starts_with("tile/")) continue;
      Folder edited = folder;
      edited.files[path][random() % bytes.size()] ^= 4;
      EXPECT_FALSE(verify_log(edited, signer.verifier(), {}, from)->damage.empty()) << path;
    }
  }
}

TEST_F(Verifying, APrunedLogContinuesAnEarlierCheckpointThatReachesIntoIt) {
  auto part = [&](std::size_t size) {
    return *open_checkpoint(
        publish({journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(size)}).files.at(checkpoint_path),
        signer.verifier());
  };
  Folder folder = publish(journal);
  prune(folder, 300);
  for (std::size_t size : {256u, 400u, 512u}) {
    EXPECT_TRUE(verify_log(folder, signer.verifier(), part(size), 300)->damage.empty()) << size;
    Checkpoint other = part(size);
    other.tree.root[3] ^= 1;
    EXPECT_FALSE(verify_log(folder, signer.verifier(), other, 300)->damage.empty()) << size;
  }
  EXPECT_EQ(verify_log(folder, signer.verifier(), part(200), 300).error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace entente::audit
