// Abilities: what the models of a maker, or of one deployment, can be asked for. Known before anything is sent, so that
// work goes to who can do it as it was asked, and nothing is dropped in silence. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/result.hpp"
#include "domain/work.hpp"

namespace entente::providers {

struct Abilities {
  bool tools = true, required_calls = true, strict_tools = true, schema = true, json_object = true;
  bool vision = true, image_addresses = true;  // an address instead of the image's bytes
  bool reasoning_effort = true;
  bool choices = true, logprobs = true, top_logprobs = true, seed = true, penalties = true, logit_bias = true;
  bool top_k = true, min_p = true, repetition_penalty = true;
  bool begun = false;  // goes on with an answer that the client has begun
  std::uint32_t most_stops = std::numeric_limits<std::uint32_t>::max();
  double most_temperature = 2.0;
  bool embeddings = false, embeddings_of_tokens = false;
  std::string_view dialect = {};  // that it reads: what means nothing here may mean something there
  bool images = false, transcription = false, speech = false, moderation = false;
  bool token_counts = false;  // says how many tokens a conversation has, without answering it
};

// Whether somebody who reads this dialect may be sent all members of the request.
Result<> check_passed(const Chat& chat, std::string_view dialect);

// unsupported, with the parameter at fault as `param`.
Result<> check(const Chat& chat, const Abilities& abilities);
Result<> check(const Embed& work, const Abilities& abilities);
Result<> check(const MakeImage& work, const Abilities& abilities);
Result<> check(const Transcribe& work, const Abilities& abilities);
Result<> check(const Speak& work, const Abilities& abilities);
Result<> check(const Moderate& work, const Abilities& abilities);
Result<> check(const Complete& work, const Abilities& abilities);
Result<> check(const Rerank& work, const Abilities& abilities);
Result<> check(const CountTokens& work, const Abilities& abilities);

}  // namespace entente::providers
