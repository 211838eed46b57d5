// Disclosure: texts under one hash, any of which can be shown without the others, and none of which can be guessed.
//
// The tree is that of RFC 6962 (merkle.hpp); a leaf is 32 bytes of salt and the text. The salts follow from one secret:
// salt i is SHA-256 over the secret and i. Both have a fixed length, so no salt says anything of another, or of the
// secret, as long as SHA-256 cannot be told from a random function of a secret part of its input; who knows the secret
// can open all texts. Pure, any thread. Failure of a check: invalid_request.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/entries/entry.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {

// What is shown of one text.
struct Opened {
  std::uint64_t index = 0;  // among the texts
  std::string text;
  Salt salt{};
  Proof proof;
};

Tree seal_texts(std::span<const std::string> texts, const Salt& secret);

// All of them.
std::vector<Opened> open_texts(std::span<const std::string> texts, const Salt& secret);

Result<> check_opened(const Opened& opened, const Tree& tree);

}  // namespace entente::audit
