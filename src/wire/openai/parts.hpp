// What OpenAI's dialects (chat/completions, completions, responses) say in the same words: messages and their images,
// tools, the form of the answer, sampling. Their *_request.cpp put it together. Pure.
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

// The members of a schema in it: {"name","description","strict","schema"}.
void read_openai_schema(Fields& fields, AnswerFormat& format);

// A function to call, as its own object: {"name","description","parameters","strict"}.
Tool read_openai_function(Fields& function);

// "none", "auto" or "required" as `word`, which came as the member `name`.
void read_openai_tool_use(Fields& where, std::string_view name, std::string_view word, ToolUse& use);

// The tools that may be called must be there, and a call that must be made possible.
void check_openai_tool_choice(Fields& body, const Tooling& tooling);

// "data:image/png;base64,…" or an address; nothing for anything else.
std::optional<ImagePart> openai_image_at(std::string url);
std::string openai_image_address(const ImagePart& image);  // the way back

// temperature, top_p, penalties, seed, logit_bias, and the extensions of other servers.
void read_openai_sampling(Fields& fields, Sampling& sampling);
void read_openai_stop(Fields& fields, std::vector<std::string>& stop);
void read_openai_effort(Fields& fields, std::string_view name, std::optional<ReasoningEffort>& effort);
bool read_openai_stream(Fields& fields, bool& include_usage);  // "stream", "stream_options"
Urgency read_openai_urgency(Fields& fields);                   // "service_tier"
std::string read_openai_end_user(Fields& fields);              // "user", "safety_identifier"

}  // namespace entente::wire
