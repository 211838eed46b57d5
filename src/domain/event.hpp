// Event: one step of an answer. A provider yields, in this order:
//
//   Started  ( delta | Finished )*  Usage         for an answer that comes to its end
//   Started? ( delta | Finished )*  and an Error   for one that does not: the error is the stream's result, not an
//   Event
//
// A delta is a piece of text, of reasoning, of a tool call or of sound, or a vector, a score, a picture or a judgement;
// what is told of a transcript comes behind its text, and a count of tokens alone. Each choice of a conversation or
// completion ends with exactly one Finished; Usage comes once, last, and counts all choices. Text is whole UTF-8
// characters: a character is never split over two deltas. A TextDelta may be empty when it carries only
// log-probabilities.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/media.hpp"
#include "domain/usage.hpp"

namespace entente {

struct TokenLogprob {
  std::string token;   // the token's bytes, which need not be UTF-8 on their own
  double logprob = 0;  // natural logarithm, at most 0; not a number: nothing is known, as of a prompt's first token
};

// One generated token and the likeliest alternatives at its place, likeliest first.
struct TokenChoice {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;
};

// What is known when an answer begins, from whoever makes it; 0 where that does not say it yet. Usage is what counts.
struct Started {
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_tokens = 0;          // of these
  std::vector<std::string> left_out = {};  // what was asked of the answer's form and does not hold it, in words
};

struct TextDelta {
  std::uint32_t choice = 0;
  std::string text;
  std::vector<TokenChoice> logprobs;  // of the tokens behind this text, when asked for
};

struct ReasoningDelta {
  std::uint32_t choice = 0;
  std::string text;
  std::string signature;  // its maker's, of the whole thought; comes once, at its end
};

// The first delta of a call (a new `index`) carries its id and name; the arguments follow in pieces. A call is over
// when another index begins, or other text, or the choice finishes.
struct ToolCallDelta {
  std::uint32_t choice = 0;
  std::uint32_t index = 0;  // of the call within its choice, from 0
  std::string id;
  std::string name;
  std::string arguments;       // a piece of JSON text
  std::string signature = {};  // with the first: its maker's (ToolCall)
};

enum class FinishReason {
  stop,
  length,
  tool_calls,      // the model waits for the results of its calls
  content_filter,  // a guard stopped it
};
std::string_view to_string(FinishReason reason);

struct Finished {
  std::uint32_t choice = 0;
  FinishReason reason = FinishReason::stop;
  std::string stop_sequence;  // the one that ended it; empty: it ended by itself
};

// One of the texts of an Embed, of length 1.
struct Vector {
  std::uint32_t index = 0;  // of the text
  std::vector<float> values;
};

// How well one of the documents of a Rerank answers its query; the more, the better, within one Rerank.
struct Score {
  std::uint32_t index = 0;  // of the document
  double value = 0;
};

// One of the pictures of a MakeImage, or a sketch of it on the way. Shared: pictures are large.
struct PictureMade {
  std::uint32_t index = 0;
  std::optional<std::uint32_t> sketch;  // its number, from 0; none: it is the picture
  std::shared_ptr<const Picture> picture;
};

// A piece of a Speak's file, in order.
struct Sound {
  std::string bytes;
};

struct Transcribed {
  std::shared_ptr<const TranscriptDetails> details;
};

struct Judged {
  std::shared_ptr<const Judgement> judgement;
};

// Of a CountTokens.
struct Counted {
  std::int64_t tokens = 0;
};

using Event = std::variant<Started, TextDelta, ReasoningDelta, ToolCallDelta, Vector, Score, PictureMade, Sound,
                           Transcribed, Judged, Counted, Finished, Usage>;

// Whether the model has said something with it: text, reasoning or a call.
bool is_delta(const Event& event);

}  // namespace entente
