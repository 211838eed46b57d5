#include "audit/log/witness.hpp"

#include <format>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "audit/tree/tiles.hpp"

namespace entente::audit {
namespace {

using std::chrono::sys_days, std::chrono::seconds;

// A disk that can refuse, with or without having written.
struct Disk final : Files {
  std::map<std::string, std::string> files;
  enum { works, refuses, writes_and_fails } mood = works;

  Result<std::optional<std::string>> read(const std::string& path) override {
    auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  Result<> write(const std::string& path, std::string_view bytes) override {
    if (mood != refuses) files[path] = bytes;
    if (mood != works) return fail(ErrorCode::unavailable, "The disk is full.");
    return {};
  }
  void remove_folder(const std::string&) override {}
};

struct Witnessing : testing::Test {
  Disk disk;
  NoteSigner log{"example.org/log", Seed{}};
  NoteVerifier key = log.verifier();
  Cosigner cosigner{"example.org/witness", Seed{1}};
  MldsaCosigner mldsa{"example.org/witness", Seed{2}};
  std::optional<Witness> witness = std::optional<Witness>(std::in_place, cosigner, mldsa, disk);
  std::map<std::string, std::string> tiles;
  std::vector<Tree> trees{Tree{}};
  Instant now = sys_days(std::chrono::year(2026) / 11 / 27) + seconds(12);

  void SetUp() override {
    TileBuilder builder;
    for (int i = 0; i < 30; ++i) {
      builder.add(std::format("entry {}", i));
      trees.push_back(builder.tree());
      for (const auto& [tile, bytes] : builder.take_files()) tiles[path_of(tile)] = bytes;
    }
  }
  std::string text(std::uint64_t size) const { return checkpoint_text({.origin = key.name(), .tree = trees[size]}); }
  std::string request(std::uint64_t from, std::uint64_t to) const {
    auto read = [this](const TileId& tile) -> Result<std::string> { return tiles.at(path_of(tile)); };
    return add_checkpoint_text({.old_size = from,
                                .proof = *prove_consistency(from, to, subtrees_in(to, read)),
                                .checkpoint = log.sign(text(to))});
  }
  Result<WitnessAnswer> ask(std::uint64_t from, std::uint64_t to) {
    return witness->add_checkpoint(request(from, to), {&key, 1}, now);
  }
  // When the cosignatures say they were made; fails the test when they do not hold.
  std::chrono::sys_seconds time_in(const WitnessAnswer& answer, std::uint64_t size) const {
    auto parts = split_note(log.sign(text(size)) + answer.cosignatures);
    EXPECT_EQ(parts->signatures.size(), 3u);
    auto at = cosigner.verifier().time_of(parts->signatures.at(1), parts->text);
    EXPECT_TRUE(at && *at);
    EXPECT_EQ(*mldsa.verifier().time_of(parts->signatures.at(2), parts->text), *at);
    return at && *at ? **at : std::chrono::sys_seconds();
  }
};

TEST_F(Witnessing, ALogThatGrowsIsCosignedAndNothingElse) {
  EXPECT_EQ(time_in(*ask(0, 10), 10), now);
  EXPECT_EQ(ask(0, 12)->judgement, Judgement::other_size);
  EXPECT_EQ(ask(0, 12)->known, 10u);
  EXPECT_EQ(ask(9, 12)->known, 10u);
  EXPECT_EQ(ask(4, 9)->judgement, Judgement::other_size) << "an older one is not cosigned again";
  EXPECT_EQ(ask(10, 20)->judgement, Judgement::consistent);
  EXPECT_EQ(ask(20, 20)->judgement, Judgement::consistent) << "the same once more";
  EXPECT_EQ(witness->add_checkpoint("nonsense", {&key, 1}, now)->judgement, Judgement::malformed);
  EXPECT_EQ(witness->add_checkpoint(request(20, 21), {}, now)->judgement, Judgement::unknown_log);
}

TEST_F(Witnessing, WhatWasCosignedCanBeReadByMonitors) {
  EXPECT_EQ(*witness->checkpoint(origin_hash(key.name())), std::nullopt);
  WitnessAnswer answer = *ask(0, 10);
  std::string kept = **witness->checkpoint(origin_hash(key.name()));
  EXPECT_EQ(kept, log.sign(text(10)) + answer.cosignatures);
  EXPECT_TRUE(open_checkpoint(kept, key));
  for (std::string_view hash : {"", "../key", "ABC"}) EXPECT_EQ(*witness->checkpoint(hash), std::nullopt);
}

TEST_F(Witnessing, AForkIsRefusedAndTwoTreesOfOneSizeAreKeptAsEvidence) {
  ASSERT_TRUE(ask(0, 10));
  auto offer = [&](std::uint64_t size, std::string_view root) {
    std::string note = log.sign(checkpoint_text({.origin = key.name(), .tree = {.size = size, .root = sha256(root)}}));
    std::string body = add_checkpoint_text({.old_size = 10, .proof = {}, .checkpoint = note});
    WitnessAnswer answer = *witness->add_checkpoint(body, {&key, 1}, now);
    EXPECT_EQ(answer.judgement, Judgement::inconsistent);
    EXPECT_TRUE(answer.cosignatures.empty());
    EXPECT_EQ(answer.submitted, note);
    return answer;
  };
  std::string file = "contradictions/" + origin_hash(key.name());
  EXPECT_FALSE(offer(12, "x").contradiction) << "the proof may be what is wrong, and that anybody can send";
  EXPECT_FALSE(disk.files.contains(file));
  WitnessAnswer answer = offer(10, "x");
  EXPECT_TRUE(answer.contradiction);
  EXPECT_EQ(disk.files.at(file), answer.submitted);
  EXPECT_TRUE(offer(10, "y").contradiction);
  EXPECT_EQ(disk.files.at(file), answer.submitted);
  EXPECT_EQ(ask(10, 12)->judgement, Judgement::consistent) << "the honest one goes on";
}

TEST_F(Witnessing, WithoutADiskNothingIsCosigned) {
  ASSERT_TRUE(ask(0, 10));
  disk.mood = Disk::refuses;
  EXPECT_FALSE(ask(10, 12));
  disk.mood = Disk::works;
  EXPECT_EQ(ask(10, 12)->judgement, Judgement::consistent);
  // Written, but nobody knows whether for good: no cosignature, and no way back either.
  disk.mood = Disk::writes_and_fails;
  EXPECT_FALSE(ask(12, 14));
  disk.mood = Disk::works;
  EXPECT_EQ(ask(12, 13)->known, 14u);
  EXPECT_EQ(ask(14, 14)->judgement, Judgement::consistent);
}

TEST_F(Witnessing, AnotherProcessGoesOnWhereThisOneEnded) {
  ASSERT_TRUE(ask(0, 10));
  witness.emplace(cosigner, mldsa, disk);
  EXPECT_EQ(ask(0, 9)->judgement, Judgement::other_size);
  EXPECT_EQ(ask(10, 11)->judgement, Judgement::consistent);
}

TEST_F(Witnessing, WhatCannotBeReadIsNotALogThatWasNeverSeen) {
  ASSERT_TRUE(ask(0, 10));
  std::string& file = disk.files.at("cosigned/" + origin_hash(key.name()));
  std::string whole = file;
  std::size_t mldsa_line = whole.rfind("\n", whole.size() - 2);
  for (std::size_t at = 0; at < whole.size(); at += at < mldsa_line + 40 ? 1 : 41) {
    file = whole;
    file[at] ^= 1;
    auto answer = ask(0, 10);
    // What is not under our own cosignature (the log's line, and our own name) may read as something else, but never as
    // an older tree.
    EXPECT_EQ(answer ? answer->known : 10u, 10u) << at;
  }
  file = "";
  EXPECT_EQ(ask(0, 10).error().code, ErrorCode::unavailable);
}

TEST_F(Witnessing, AClockThatWasSetBackDoesNotMakeANewerCheckpointTheOlder) {
  auto first = time_in(*ask(0, 10), 10);
  now -= std::chrono::hours(5);
  EXPECT_EQ(time_in(*ask(10, 11), 11), first);
  now += std::chrono::hours(6);
  EXPECT_EQ(time_in(*ask(11, 12), 12), now);
}

TEST_F(Witnessing, OfTwoAtOnceOneIsToldTheOthersSize) {
  for (int round = 0; round < 20; ++round) {
    disk.files.clear();
    WitnessAnswer answers[2];
    {
      std::jthread one([&] { answers[0] = *ask(0, 10); }), other([&] { answers[1] = *ask(0, 20); });
    }
    bool first = answers[0].judgement == Judgement::consistent;
    EXPECT_NE(first, answers[1].judgement == Judgement::consistent);
    EXPECT_EQ(answers[first ? 1 : 0].known, first ? 10u : 20u);
  }
}

TEST_F(Witnessing, LinesThatMldsaDoesNotVouchForAreCosignedWithEd25519Alone) {
  std::string note = log.sign(text(10) + "an extension\n");
  WitnessAnswer answer =
      *witness->add_checkpoint(add_checkpoint_text({.old_size = 0, .proof = {}, .checkpoint = note}), {&key, 1}, now);
  ASSERT_EQ(answer.judgement, Judgement::consistent);
  auto parts = split_note(note + answer.cosignatures);
  ASSERT_EQ(parts->signatures.size(), 2u);
  EXPECT_EQ(*cosigner.verifier().time_of(parts->signatures.at(1), parts->text), now);
  EXPECT_EQ(time_in(*ask(10, 12), 12), now) << "the next is cosigned with both";
}

TEST_F(Witnessing, AWitnessFromBeforeItHadASecondKeyGoesOn) {
  std::string file = "cosigned/" + origin_hash(key.name());
  disk.files[file] = log.sign(text(10)) + cosigner.cosign(text(10), std::chrono::floor<seconds>(now));
  EXPECT_EQ(ask(0, 9)->known, 10u);
  EXPECT_EQ(time_in(*ask(10, 12), 12), now);
}

TEST_F(Witnessing, AFormerKeyOfTheLogAndTheNewOneBothCount) {
  std::vector<NoteVerifier> both{NoteSigner(key.name(), Seed{9}).verifier(), key};
  EXPECT_EQ(witness->add_checkpoint(request(0, 10), both, now)->judgement, Judgement::consistent);
}

}  // namespace
}  // namespace entente::audit
