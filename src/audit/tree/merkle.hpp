// The Merkle tree of RFC 6962 (section 2.1) over SHA-256: hashes, and proofs that an entry is in a tree (inclusion) and
// that a tree only grew (consistency).
//
// Whoever makes proofs passes in how the hash of a complete subtree is found; tiles.hpp finds it in tiles. Whoever
// checks needs nothing but the proof. Pure, any thread. Sizes and indices count entries from 0. Failure of a check:
// ErrorCode::invalid_request with a sentence that says which check failed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace entente::audit {

Digest hash_entry(std::string_view entry);
Digest hash_children(const Digest& left, const Digest& right);

// The hash of the 2^level entries from index * 2^level on.
using ReadSubtree = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

Result<Digest> root_of(std::uint64_t size, const ReadSubtree& read);

using Proof = std::vector<Digest>;  // from the leaf's side up
Result<Proof> prove_inclusion(std::uint64_t index, std::uint64_t size, const ReadSubtree& read);
Result<Proof> prove_consistency(std::uint64_t old_size, std::uint64_t size, const ReadSubtree& read);

// A tree: how many entries, and the hash over them all.
struct Tree {
  std::uint64_t size = 0;
  Digest root = sha256({});  // of the empty tree
  friend bool operator==(const Tree&, const Tree&) = default;
};

Result<> check_inclusion(const Digest& entry_hash, std::uint64_t index, const Tree& tree,
                         std::span<const Digest> proof);
Result<> check_consistency(const Tree& before, const Tree& after, std::span<const Digest> proof);

}  // namespace entente::audit
