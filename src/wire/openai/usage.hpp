// OpenAI's "usage" object, as chat and completions have it. Pure.
#pragma once

#include "domain/usage.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

void write_openai_usage(JsonWriter& json, const Usage& usage);

}  // namespace entente::wire
