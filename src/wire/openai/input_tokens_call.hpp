// A Chat as OpenAI's Responses dialect has it, for the one thing that is asked in it of others: how many tokens it is.
// Reference: OpenAI API reference, "Get input token counts". Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"

namespace entente::wire {

std::string encode_input_tokens_call(const Chat& chat, std::string_view model);

}  // namespace entente::wire
