// The input items and the tools of OpenAI's Responses dialect. responses_request.cpp puts it together. Pure.
#pragma once

#include "wire/fields.hpp"
#include "wire/openai/responses.hpp"

namespace entente::wire {

// "input": a text, or items.
void read_response_input(Fields& body, ResponsesRequest& request);

// "tools", "tool_choice", "parallel_tool_calls". Returns the tools that are in force, as JSON.
std::string read_response_tooling(Fields& body, ResponsesRequest& request);

// A tool whose input is a text, as a function of one text, which is what models know.
constexpr std::string_view custom_input = "input";

// The one name of a tool of a namespace. The same each time, so that calls of earlier answers keep theirs.
std::string joined_name(std::string_view space, std::string_view name);

}  // namespace entente::wire
