#include "audit/checkpoints/add_checkpoint.hpp"

#include <format>

#include <gtest/gtest.h>

#include "audit/tree/tiles.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

// The example of the specification.
constexpr std::string_view sofa = R"(old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
)";

TEST(AddCheckpoint, TheSpecificationsExampleIsReadAndWrittenTheSame) {
  auto request = parse_add_checkpoint(sofa);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->old_size, 20852014u);
  EXPECT_EQ(request->proof.size(), 4u);
  EXPECT_EQ(split_note(request->checkpoint)->signatures.size(), 2u);
  EXPECT_EQ(parse_checkpoint(split_note(request->checkpoint)->text)->tree.size, 20852163u);
  EXPECT_EQ(add_checkpoint_text(*request), sofa);
}

TEST(AddCheckpoint, ASecondSpellingIsNone) {
  std::string hash = to_base64(Tree{}.root);
  for (std::string_view body : {"", "old 1", "old 1\n", "old\n\nx", "old  1\n\nx", "old 01\n\nx", "old -1\n\nx",
                                "old 1 \n\nx", "new 1\n\nx", "old 18446744073709551616\n\nx", "old 1\nabc\n\nx"}) {
    EXPECT_FALSE(parse_add_checkpoint(body)) << body;
  }
  auto with_lines = [&](int lines) {
    std::string body = "old 1\n";
    for (int i = 0; i < lines; ++i) body += hash + "\n";
    return body + "\nx";
  };
  EXPECT_TRUE(parse_add_checkpoint(with_lines(63)));
  EXPECT_FALSE(parse_add_checkpoint(with_lines(64)));
  EXPECT_TRUE(parse_add_checkpoint("old 0\n\nx"));
}

struct Growing : testing::Test {
  Seed seed{};
  NoteSigner signer{"example.org/log", seed};
  std::map<std::string, std::string> tiles;
  std::vector<Tree> trees{Tree{}};  // by size

  void SetUp() override {
    TileBuilder builder;
    for (int i = 0; i < 40; ++i) {
      builder.add(std::format("entry {}", i));
      trees.push_back(builder.tree());
      for (const auto& [tile, bytes] : builder.take_files()) tiles[path_of(tile)] = bytes;
    }
  }
  Proof proof(std::uint64_t from, std::uint64_t to) const {
    return *prove_consistency(from, to, subtrees_in(to, [this](const TileId& tile) -> Result<std::string> {
                                return tiles.at(path_of(tile));
                              }));
  }
  AddCheckpoint request(std::uint64_t from, std::uint64_t to) const {
    return {.old_size = from,
            .proof = proof(from, to),
            .checkpoint = note({.origin = "example.org/log", .tree = trees[to]})};
  }
  std::string note(const Checkpoint& checkpoint) const { return signer.sign(checkpoint_text(checkpoint)); }
  Judgement judge(const AddCheckpoint& request, const Tree& known) const {
    Submitted submitted;
    NoteVerifier key = signer.verifier();
    Judged judged = identify(request, {&key, 1}, submitted);
    if (judged.judgement == Judgement::consistent) judged = judge_growth(request, submitted.checkpoint, known);
    EXPECT_EQ(judged.says.empty(), judged.judgement == Judgement::consistent);
    return judged.judgement;
  }
};

TEST_F(Growing, WhatContinuesIsCosignedFromEverySizeToEverySize) {
  for (std::uint64_t to = 0; to <= 40; ++to) {
    for (std::uint64_t from = 0; from <= to; ++from) {
      EXPECT_EQ(judge(request(from, to), trees[from]), Judgement::consistent) << from << " " << to;
      for (std::uint64_t known : {std::uint64_t{0}, from + 1, std::uint64_t{40}}) {
        if (known == from || known > 40) continue;
        EXPECT_EQ(judge(request(from, to), trees[known]), Judgement::other_size) << from << " " << to << " " << known;
      }
    }
  }
}

TEST_F(Growing, AnotherTreeIsNotCosigned) {
  for (std::uint64_t to = 0; to <= 40; ++to) {
    for (std::uint64_t from = 0; from <= to; ++from) {
      AddCheckpoint forked = request(from, to);
      forked.checkpoint = note({.origin = "example.org/log", .tree = {.size = to, .root = sha256("another")}});
      // Everything continues the empty tree, so the first checkpoint of a log is believed.
      bool first = from == 0 && to > 0;
      EXPECT_EQ(judge(forked, trees[from]), first ? Judgement::consistent : Judgement::inconsistent)
          << from << " " << to;
      Tree other{.size = from, .root = sha256("another")};
      if (from == 0) continue;
      EXPECT_EQ(judge(request(from, to), other), Judgement::inconsistent) << from << " " << to;
    }
  }
  AddCheckpoint needless = request(0, 5);
  needless.proof = {trees[3].root};
  EXPECT_EQ(judge(needless, trees[0]), Judgement::inconsistent) << "everything continues the empty tree, without proof";
  needless = request(5, 5);
  needless.proof = {trees[3].root};
  EXPECT_EQ(judge(needless, trees[5]), Judgement::inconsistent);
}

TEST_F(Growing, EveryProofLineIsLookedAt) {
  AddCheckpoint honest = request(13, 40);
  ASSERT_EQ(judge(honest, trees[13]), Judgement::consistent);
  for (std::size_t i = 0; i < honest.proof.size(); ++i) {
    AddCheckpoint changed = honest;
    changed.proof[i][7] ^= 1;
    EXPECT_EQ(judge(changed, trees[13]), Judgement::inconsistent) << i;
    changed = honest;
    changed.proof.erase(changed.proof.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(judge(changed, trees[13]), Judgement::inconsistent) << "without line " << i;
  }
}

TEST_F(Growing, OnlyTheLogsOwnKeyCounts) {
  AddCheckpoint asked = request(0, 7);
  Seed another{};
  another.fill(1);
  std::string text = checkpoint_text({.origin = "example.org/log", .tree = trees[7]});
  std::string forged = NoteSigner("example.org/log", another).sign(text);
  asked.checkpoint = forged;
  EXPECT_EQ(judge(asked, trees[0]), Judgement::unsigned_);
  // A line of a stranger beside the log's own says nothing.
  asked.checkpoint = signer.sign(text) + forged.substr(forged.rfind("\n\n") + 2);
  EXPECT_EQ(judge(asked, trees[0]), Judgement::consistent);
  asked.checkpoint = NoteSigner("example.org/log", seed).sign(text);
  asked.checkpoint.replace(asked.checkpoint.find("\n7\n"), 3, "\n8\n");
  EXPECT_EQ(judge(asked, trees[0]), Judgement::unsigned_) << "edited after it was signed";
  asked.checkpoint =
      NoteSigner("example.org/other", seed).sign(checkpoint_text({.origin = "example.org/other", .tree = trees[7]}));
  EXPECT_EQ(judge(asked, trees[0]), Judgement::unknown_log);
  asked.checkpoint = signer.sign("example.org/log\nx\ny\n");
  EXPECT_EQ(judge(asked, trees[0]), Judgement::malformed);
  asked = request(0, 7);
  asked.old_size = 8;
  EXPECT_EQ(judge(asked, trees[8]), Judgement::malformed) << "it would shrink";
}

}  // namespace
}  // namespace entente::audit
