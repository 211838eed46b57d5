// What is kept of a response, as texts for the disk: the items of its input, and the conversation that a later request
// goes on from. JSON of our own: it is read by this server only, also by one that is newer than what wrote it. A member
// that is missing is empty, so a newer form may add some.
//
// Pure. Failure: `internal` when a text is none that was written here (the file was damaged or changed by hand).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/conversation.hpp"
#include "wire/openai/responses.hpp"

namespace entente::wire {

std::string encode_kept_input(const std::vector<InputItem>& items);
Result<std::vector<InputItem>> decode_kept_input(std::string_view text);

std::string encode_kept_conversation(const Conversation& conversation);
Result<Conversation> decode_kept_conversation(std::string_view text);

}  // namespace entente::wire
