// A Chat as Google Gemini's streamGenerateContent asks for it. Pure. Reference: Gemini API, "Generating content".
#pragma once

#include <string>

#include "domain/work.hpp"

namespace entente::wire {

std::string encode_generate_call(const Chat& chat);

}  // namespace entente::wire
