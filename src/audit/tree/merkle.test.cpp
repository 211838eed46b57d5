#include "audit/tree/merkle.hpp"

#include <map>

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace entente::audit {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (int value : values) out += static_cast<char>(value);
  return out;
}

// The entries and roots that implementations of RFC 6962 test themselves with.
const std::vector<std::string> entries{
    "",
    bytes({0}),
    bytes({0x10}),
    bytes({0x20, 0x21}),
    bytes({0x30, 0x31}),
    bytes({0x40, 0x41, 0x42, 0x43}),
    bytes({0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57}),
    bytes({0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f})};
const std::vector<std::string> roots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                     "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                     "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                     "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                     "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// Complete subtrees straight from the definition.
ReadSubtree subtrees_of(const std::vector<Digest>& leaves) {
  return [&leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
    std::vector<Digest> row(leaves.begin() + static_cast<std::ptrdiff_t>(index << level),
                            leaves.begin() + static_cast<std::ptrdiff_t>((index + 1) << level));
    while (row.size() > 1) {
      for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = hash_children(row[2 * i], row[2 * i + 1]);
      row.resize(row.size() / 2);
    }
    return row[0];
  };
}

TEST(Merkle, RootsAreThoseOfRfc6962) {
  EXPECT_EQ(to_hex(Tree{}.root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    leaves.push_back(hash_entry(entries[i]));
    EXPECT_EQ(to_hex(*root_of(i + 1, subtrees_of(leaves))), roots[i]);
  }
}

struct Grown : testing::Test {
  static constexpr std::uint64_t most = 65;
  Grown() {
    for (std::uint64_t i = 0; i < most; ++i) {
      leaves.push_back(hash_entry(std::to_string(i)));
      trees.push_back({.size = i + 1, .root = *root_of(i + 1, read)});
    }
  }
  std::vector<Digest> leaves;
  ReadSubtree read = subtrees_of(leaves);
  std::vector<Tree> trees{Tree{}};
};

TEST_F(Grown, EveryEntryIsProvedInEveryTreeAndNowhereElse) {
  for (std::uint64_t size = 1; size <= most; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      Proof proof = *prove_inclusion(index, size, read);
      ASSERT_TRUE(check_inclusion(leaves[index], index, trees[size], proof)) << index << " of " << size;
      EXPECT_FALSE(check_inclusion(leaves[(index + 1) % most], index, trees[size], proof));
      if (size > 1) {
        EXPECT_FALSE(check_inclusion(leaves[index], (index + 1) % size, trees[size], proof));
      }
      for (Digest& hash : proof) {
        hash[7] ^= 1;
        EXPECT_FALSE(check_inclusion(leaves[index], index, trees[size], proof));
        hash[7] ^= 1;
      }
      if (!proof.empty()) {
        EXPECT_FALSE(check_inclusion(leaves[index], index, trees[size], std::span(proof).subspan(1)));
      }
      proof.push_back(leaves[0]);
      EXPECT_FALSE(check_inclusion(leaves[index], index, trees[size], proof));
    }
    EXPECT_FALSE(prove_inclusion(size, size, read));
    EXPECT_FALSE(check_inclusion(leaves[0], size, trees[size], {}));
  }
}

TEST_F(Grown, EveryTreeContinuesEveryEarlierOneAndNoOther) {
  for (std::uint64_t size = 0; size <= most; ++size) {
    for (std::uint64_t before = 0; before <= size; ++before) {
      Proof proof = *prove_consistency(before, size, read);
      ASSERT_TRUE(check_consistency(trees[before], trees[size], proof)) << before << " to " << size;
      for (Digest& hash : proof) {
        hash[0] ^= 0x80;
        EXPECT_FALSE(check_consistency(trees[before], trees[size], proof));
        hash[0] ^= 0x80;
      }
      if (before > 0) {
        Tree forged = trees[before];
        forged.root[31] ^= 1;
        EXPECT_FALSE(check_consistency(forged, trees[size], proof));
        forged = trees[size];
        forged.root[0] ^= 1;
        EXPECT_FALSE(check_consistency(trees[before], forged, proof));
      }
      if (!proof.empty()) {
        EXPECT_FALSE(check_consistency(trees[before], trees[size], std::span(proof).subspan(1)));
      }
      proof.push_back(leaves[0]);
      EXPECT_FALSE(check_consistency(trees[before], trees[size], proof));
    }
  }
  EXPECT_FALSE(check_consistency(trees[5], trees[4], {})) << "it shrank";
  EXPECT_FALSE(prove_consistency(5, 4, read));
}

}  // namespace
}  // namespace entente::audit
