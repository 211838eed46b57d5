#include "wire/openai/usage.hpp"

namespace entente::wire {

void write_openai_usage(JsonWriter& json, const Usage& usage) {
  json.begin_object()
      .key("prompt_tokens")
      .number(usage.prompt_tokens)
      .key("completion_tokens")
      .number(usage.completion_tokens)
      .key("total_tokens")
      .number(usage.total_tokens());
  json.key("prompt_tokens_details").begin_object().key("cached_tokens").number(usage.cached_tokens).end_object();
  json.key("completion_tokens_details")
      .begin_object()
      .key("reasoning_tokens")
      .number(usage.reasoning_tokens)
      .end_object();
  json.end_object();
}

}  // namespace entente::wire
