// "prompt" and "input" of OpenAI's completions and embeddings: a text, tokens, or a list of either. Pure.
#pragma once

#include <vector>

#include "domain/work.hpp"
#include "wire/fields.hpp"

namespace entente::wire {

// Nothing was read when the member is missing or wrong, which `fields` says then. At most `most` items.
std::vector<TextOrTokens> read_texts_or_tokens(Fields& fields, std::string_view name, std::size_t most);

}  // namespace entente::wire
