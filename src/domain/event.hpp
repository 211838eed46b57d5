// Event: one step of an answer. A provider yields, in this order:
//
//   Started  ( TextDelta | Finished )*  Usage         for an answer that comes to its end
//   Started? ( TextDelta | Finished )*  and an Error   for one that does not: the error is the stream's result, not an
//   Event
//
// Each choice ends with exactly one Finished; Usage comes once, last, and counts all choices. Text is whole UTF-8
// characters: a character is never split over two deltas. A delta may be empty when it carries only log-probabilities.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/usage.hpp"

namespace entente {

struct TokenLogprob {
  std::string token;   // the token's bytes, which need not be UTF-8 on their own
  double logprob = 0;  // natural logarithm, at most 0
};

// One generated token and the likeliest alternatives at its place, likeliest first.
struct TokenChoice {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;
};

struct Started {};

struct TextDelta {
  std::uint32_t choice = 0;
  std::string text;
  std::vector<TokenChoice> logprobs;  // of the tokens behind this text, when asked for
};

enum class FinishReason { stop, length };
std::string_view to_string(FinishReason reason);

struct Finished {
  std::uint32_t choice = 0;
  FinishReason reason = FinishReason::stop;
};

using Event = std::variant<Started, TextDelta, Finished, Usage>;

}  // namespace entente
