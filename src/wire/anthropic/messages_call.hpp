// A Chat as Anthropic's Messages asks for it: the outgoing half of the dialect. Always a stream. Pure.
//
// Sent with anthropic-version 2023-06-01, which takes temperature, top_p and top_k; the newest version does not.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"

namespace entente::wire {

std::string encode_messages_call(const Chat& chat, std::string_view model);

// What count_tokens takes: only what the model reads.
std::string encode_messages_count(const Chat& chat, std::string_view model);

}  // namespace entente::wire
