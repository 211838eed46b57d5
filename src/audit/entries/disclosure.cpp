#include "audit/entries/disclosure.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"

namespace entente::audit {

namespace {

Salt salt_of(const Salt& secret, std::uint64_t index) {
  std::array<std::uint8_t, sizeof(Salt) + sizeof index> both;
  std::ranges::copy(secret, both.begin());
  for (std::size_t i = 0; i < sizeof index; ++i)
    both[sizeof(Salt) + i] = static_cast<std::uint8_t>(index >> 8 * (sizeof index - 1 - i));
  return sha256(as_text(both));
}

// hash_entry() of salt and text, in one piece: `whole` is room that is used again.
Digest leaf_of(const Salt& salt, std::string_view text, std::string& whole) {
  whole.assign(1, '\0');
  whole += as_text(salt);
  whole += text;
  return sha256(whole);
}

std::vector<Digest> leaves_of(std::span<const std::string> texts, const Salt& secret) {
  std::vector<Digest> leaves;
  leaves.reserve(texts.size());
  std::string whole;
  for (const std::string& text : texts) leaves.push_back(leaf_of(salt_of(secret, leaves.size()), text, whole));
  return leaves;
}

// Complete subtrees are computed from the leaves each time: there are few.
ReadSubtree subtrees_of(const std::vector<Digest>& leaves) {
  return [&leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
    auto begin = leaves.begin() + static_cast<std::ptrdiff_t>(index << level);
    std::vector<Digest> row(begin, begin + (std::ptrdiff_t{1} << level));
    while (row.size() > 1) {
      for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = hash_children(row[2 * i], row[2 * i + 1]);
      row.resize(row.size() / 2);
    }
    return row[0];
  };
}

}  // namespace

// The root level by level: who has no neighbour goes up as it is, which is RFC 6962's tree.
Tree seal_texts(std::span<const std::string> texts, const Salt& secret) {
  if (texts.empty()) return {};
  std::vector<Digest> row = leaves_of(texts, secret);
  while (row.size() > 1) {
    std::size_t pairs = row.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) row[i] = hash_children(row[2 * i], row[2 * i + 1]);
    if (row.size() % 2 == 1) row[pairs] = row.back();
    row.resize(pairs + row.size() % 2);
  }
  return {.size = texts.size(), .root = row[0]};
}

std::vector<Opened> open_texts(std::span<const std::string> texts, const Salt& secret) {
  std::vector<Digest> leaves = leaves_of(texts, secret);
  std::vector<Opened> opened;
  for (std::uint64_t i = 0; i < texts.size(); ++i) {
    auto proof = prove_inclusion(i, texts.size(), subtrees_of(leaves));
    opened.push_back({.index = i, .text = texts[i], .salt = salt_of(secret, i), .proof = *std::move(proof)});
  }
  return opened;
}

Result<> check_opened(const Opened& opened, const Tree& tree) {
  std::string whole;
  return check_inclusion(leaf_of(opened.salt, opened.text, whole), opened.index, tree, opened.proof);
}

}  // namespace entente::audit
