// A Chat as Amazon Bedrock's ConverseStream asks for it, whoever's model answers. Pure. Reference: Bedrock Runtime API,
// "Converse".
#pragma once

#include <string>

#include "domain/work.hpp"

namespace entente::wire {

std::string encode_converse_call(const Chat& chat);

}  // namespace entente::wire
