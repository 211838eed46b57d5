// Log-probabilities of tokens, as OpenAI's chat and responses dialects and Ollama's write them. Pure.
#pragma once

#include <vector>

#include "domain/event.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

// [{"token","logprob","bytes","top_logprobs":[…]}, …]: the bytes let a client put a character together that several
// tokens share.
void write_token_choices(JsonWriter& json, const std::vector<TokenChoice>& tokens);

}  // namespace entente::wire
