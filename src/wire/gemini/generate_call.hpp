// A Chat as Google Gemini's streamGenerateContent and countTokens ask for it. Pure. Reference: Gemini API, "Generating
// content", "Thought signatures", "Counting tokens".
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"

namespace entente::wire {

// `model`: by Google's name. Those from Gemini 3 on want the signature back that came with a call, and take a word of
// their documentation instead where the client did not keep it or another maker's model called.
std::string encode_generate_call(const Chat& chat, std::string_view model);
std::string encode_generate_count(const Chat& chat, std::string_view model);

}  // namespace entente::wire
