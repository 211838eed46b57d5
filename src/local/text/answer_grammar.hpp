// What an answer to a chat must look like, as a grammar of the bytes the model writes: calls of the tools it was given
// in its own form, the schema that was asked for, thoughts before either. Nothing when anything may be said.
//
// Errors: invalid_request with the reason "unsupported_schema", which names what cannot be held. Pure; milliseconds, so
// not for the engine's thread.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "grammar/grammar.hpp"
#include "local/text/answer_form.hpp"

namespace entente::local {

// `thinking`: the prompt has begun a thought already.
Result<std::shared_ptr<const grammar::Grammar>> answer_grammar(const Chat& chat, const AnswerForm& form, bool thinking);

// Chats with the same key have the same grammar.
std::string grammar_key(const Chat& chat, bool thinking);

}  // namespace entente::local
