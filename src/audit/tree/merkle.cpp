#include "audit/tree/merkle.hpp"

#include <array>
#include <bit>
#include <format>

#include "base/encoding.hpp"

namespace entente::audit {

namespace {

// RFC 6962: k, the largest power of two smaller than n.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

struct Prover {
  const ReadSubtree& read;

  // MTH(D[begin:end]); every cut of RFC 6962 leaves a complete, aligned subtree on the left.
  Result<Digest> range(std::uint64_t begin, std::uint64_t end) const {
    std::uint64_t n = end - begin;
    if (std::has_single_bit(n)) {
      auto level = static_cast<unsigned>(std::countr_zero(n));
      return read(level, begin >> level);
    }
    std::uint64_t k = split(n);
    TRY_ASSIGN(Digest left, range(begin, begin + k));
    TRY_ASSIGN(Digest right, range(begin + k, end));
    return hash_children(left, right);
  }

  Result<> path(std::uint64_t index, std::uint64_t begin, std::uint64_t end, Proof& proof) const {
    if (end - begin == 1) return {};
    std::uint64_t middle = begin + split(end - begin);
    bool left = index < middle;
    TRY(path(index, left ? begin : middle, left ? middle : end, proof));
    TRY_ASSIGN(Digest other, left ? range(middle, end) : range(begin, middle));
    proof.push_back(other);
    return {};
  }

  // SUBPROOF(m, D[begin:end], whole).
  Result<> subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool whole, Proof& proof) const {
    std::uint64_t n = end - begin;
    if (m == n) {
      if (whole) return {};
      TRY_ASSIGN(Digest known, range(begin, end));
      proof.push_back(known);
      return {};
    }
    std::uint64_t k = split(n);
    bool left = m <= k;
    TRY(left ? subproof(m, begin, begin + k, whole, proof) : subproof(m - k, begin + k, end, false, proof));
    TRY_ASSIGN(Digest other, left ? range(begin + k, end) : range(begin, begin + k));
    proof.push_back(other);
    return {};
  }
};

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

}  // namespace

Digest hash_entry(std::string_view entry) {
  Sha256 hash;
  hash.update(std::string_view("\0", 1));
  hash.update(entry);
  return hash.finish();
}

Digest hash_children(const Digest& left, const Digest& right) {
  std::array<char, 1 + 2 * sizeof(Digest)> both;
  both[0] = 1;
  std::ranges::copy(as_text(left), both.begin() + 1);
  std::ranges::copy(as_text(right), both.begin() + 1 + sizeof(Digest));
  return sha256({both.data(), both.size()});
}

Result<Digest> root_of(std::uint64_t size, const ReadSubtree& read) {
  if (size == 0) return Tree{}.root;
  return Prover{read}.range(0, size);
}

Result<Proof> prove_inclusion(std::uint64_t index, std::uint64_t size, const ReadSubtree& read) {
  if (index >= size) return wrong(std::format("A tree of {} entries has no entry {}.", size, index));
  Proof proof;
  TRY(Prover{read}.path(index, 0, size, proof));
  return proof;
}

Result<Proof> prove_consistency(std::uint64_t old_size, std::uint64_t size, const ReadSubtree& read) {
  if (old_size > size) return wrong(std::format("A tree of {} entries never had {}.", size, old_size));
  Proof proof;
  if (old_size == 0) return proof;  // everything grew out of nothing
  TRY(Prover{read}.subproof(old_size, 0, size, true, proof));
  return proof;
}

// RFC 9162, section 2.1.3.2: the same tree, the check written out step by step.
Result<> check_inclusion(const Digest& entry_hash, std::uint64_t index, const Tree& tree,
                         std::span<const Digest> proof) {
  if (index >= tree.size) return wrong(std::format("A tree of {} entries has no entry {}.", tree.size, index));
  std::uint64_t node = index, last = tree.size - 1;
  Digest hash = entry_hash;
  for (const Digest& sibling : proof) {
    if (last == 0) return wrong("The inclusion proof is too long for this tree.");
    if (node % 2 == 1 || node == last) {
      hash = hash_children(sibling, hash);
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      hash = hash_children(hash, sibling);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) return wrong("The inclusion proof is too short for this tree.");
  if (hash != tree.root) return wrong("The inclusion proof does not lead from the entry to the root of the tree.");
  return {};
}

// RFC 9162, section 2.1.4.2.
Result<> check_consistency(const Tree& before, const Tree& after, std::span<const Digest> proof) {
  if (before.size > after.size)
    return wrong(std::format("The tree shrank from {} to {} entries.", before.size, after.size));
  if (before.size == after.size || before.size == 0) {
    if (!proof.empty()) return wrong("The consistency proof is too long: nothing has to be proved.");
    if (before.size == after.size && before.root != after.root)
      return wrong(std::format("Two different trees of {} entries were signed.", after.size));
    return {};
  }
  std::uint64_t node = before.size - 1, last = after.size - 1;
  while (node % 2 == 1) {
    node /= 2;
    last /= 2;
  }
  std::size_t next = 0;
  if (proof.empty()) return wrong("The consistency proof is too short.");
  Digest old_hash = node == 0 ? before.root : proof[next++];  // a complete tree is its own beginning
  Digest new_hash = old_hash;
  for (; next < proof.size(); ++next) {
    if (last == 0) return wrong("The consistency proof is too long.");
    if (node % 2 == 1 || node == last) {
      old_hash = hash_children(proof[next], old_hash);
      new_hash = hash_children(proof[next], new_hash);
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      new_hash = hash_children(new_hash, proof[next]);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) return wrong("The consistency proof is too short.");
  if (old_hash != before.root) return wrong("The consistency proof does not begin with the older tree.");
  if (new_hash != after.root) return wrong("The newer tree does not continue the older one.");
  return {};
}

}  // namespace entente::audit
