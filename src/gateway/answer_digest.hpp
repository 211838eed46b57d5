// AnswerDigest: what an answer said, as hashes that whoever has the answer can compute again: of each choice its text,
// and its calls of tools; of pictures and sound the bytes (of a picture that its maker keeps, the address). Fed event
// by event; keeps no content. One task at a time.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/crypto.hpp"
#include "domain/event.hpp"
#include "store/records.hpp"

namespace entente::gateway {

class AnswerDigest {
 public:
  void add(const Event& event);
  std::vector<store::ChoiceDigests> finish();  // by choice; empty: nothing was said

 private:
  struct Choice {
    Sha256 text;
    std::map<std::uint32_t, Sha256> calls;
  };
  Choice& choice(std::uint32_t index);

  std::vector<Choice> choices_;
};

}  // namespace entente::gateway
