// A Chat as Amazon Bedrock's ConverseStream and CountTokens ask for it, whoever's model answers. Pure. Reference:
// Bedrock Runtime API, "Converse", "CountTokens".
#pragma once

#include <string>

#include "domain/work.hpp"

namespace entente::wire {

std::string encode_converse_call(const Chat& chat);
std::string encode_converse_count(const Chat& chat);

}  // namespace entente::wire
