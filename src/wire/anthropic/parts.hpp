// What Anthropic's Messages dialect says beside numbers: the conversation with its blocks, and tools.
// messages_request.cpp puts it together. Pure.
#pragma once

#include "domain/work.hpp"
#include "wire/fields.hpp"

namespace entente::wire {

// "system" and "messages". Turns of one role that follow one another become one, as the reference says; results of
// tools become messages of their own.
void read_anthropic_conversation(Fields& body, Conversation& conversation);

// "tools" and "tool_choice".
void read_anthropic_tooling(Fields& body, Tooling& tooling);

}  // namespace entente::wire
