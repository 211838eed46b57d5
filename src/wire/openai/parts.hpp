// What OpenAI's chat/completions says beside numbers: messages with their parts, tools, and the form of the answer.
// openai/chat_request.cpp puts it together. Pure.
#pragma once

#include "domain/work.hpp"
#include "wire/fields.hpp"

namespace entente::wire {

// `index`: the place in "messages", for what is said about mistakes.
Result<Message> read_openai_message(const Json& json, std::size_t index);

// Results must answer a call that an earlier message made.
Result<> check_tool_results(const Conversation& conversation);

// "tools", "tool_choice", "parallel_tool_calls".
void read_openai_tooling(Fields& body, Tooling& tooling);

// "response_format".
void read_openai_format(Fields& body, AnswerFormat& format);

}  // namespace entente::wire
