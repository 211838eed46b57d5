// Request half of OpenAI's chat/completions dialect.
#include <limits>

#include "wire/fields.hpp"
#include "wire/names.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/provider_object.hpp"

namespace entente::wire {

namespace {

// No effect on the answer here: accepted, so that SDK defaults pass.
constexpr std::string_view without_effect[] = {"metadata", "prompt_cache_retention", "prompt_cache_options",
                                               "verbosity"};

// What others do and nobody here, with a value that asks for nothing.
constexpr std::string_view of_others_quiet[] = {"min_tokens", "prediction", "prompt_mode", "safe_prompt"};

constexpr std::string_view of_the_prompt[] = {"prompt_logprobs", "top_prompt_logprobs"};
constexpr std::string_view replaced_by_tools[] = {"functions", "function_call"};

void read_lengths(Fields& fields, Chat& chat) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  auto completion = fields.integer("max_completion_tokens", 1, most);
  auto older_name = fields.integer("max_tokens", 1, most);
  if (completion && older_name && *completion != *older_name) {
    fields.reject("max_tokens", "'max_tokens' and 'max_completion_tokens' differ. Send one of them.");
  }
  if (auto tokens = completion ? completion : older_name) chat.max_tokens = static_cast<std::uint32_t>(*tokens);
  chat.choices = static_cast<std::uint32_t>(fields.integer("n", 1, 128).value_or(1));
}

void read_logprobs(Fields& fields, Chat& chat) {
  chat.logprobs = fields.boolean("logprobs").value_or(false);
  auto top = fields.integer("top_logprobs", 0, 20);
  if (top && *top > 0 && !chat.logprobs) fields.reject("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
  chat.top_logprobs = static_cast<std::uint32_t>(top.value_or(0));
}

// Parameters that ask for something this version does not do are refused by name unless their value asks for nothing:
// these with a hint, the others by their rows in the table (Fields::pass()).
void refuse_what_is_not_here(Fields& fields) {
  fields.refuse(replaced_by_tools, "Use 'tools', which replaced it.");
  fields.refuse("moderation", "POST /v1/moderations judges a text.");
  fields.refuse("guardrails", "POST /v1/moderations judges a text.");  // Mistral's
  fields.refuse(of_the_prompt, "POST /v1/completions has them, with 'echo' and 'logprobs'.");
  if (const Json::Array* modalities = fields.array("modalities")) {
    for (const Json& item : *modalities) {
      auto* word = item.as<std::string>();
      if (!word || *word != "text")
        fields.reject("modalities", "'modalities' may only hold 'text'.", "unsupported_value");
    }
  }
  if (fields.boolean("store").value_or(false)) {
    fields.reject("store", "'store' is not supported by this version: nothing is kept. Leave it out.",
                  "unsupported_value");
  }
}

}  // namespace

Result<ChatRequest> decode_chat_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  ChatRequest request;
  Chat& chat = request.chat;

  chat.model = read_model_name(fields, model);
  const Json::Array* messages = fields.array("messages");
  if (!messages) fields.missing("messages");
  if (messages && messages->empty())
    fields.reject("messages", "'messages' must hold at least one message.", "empty_array");
  if (!fields.ok()) return fail(fields.error());
  for (std::size_t i = 0; i < messages->size(); ++i) {
    TRY_ASSIGN(Message message, read_openai_message((*messages)[i], i));
    chat.conversation.push_back(std::move(message));
  }
  TRY(check_tool_results(chat.conversation));

  read_openai_tooling(fields, chat.tooling);
  read_openai_format(fields, chat.format);
  read_openai_effort(fields, "reasoning_effort", chat.reasoning_effort);
  read_openai_sampling(fields, chat.sampling);
  read_lengths(fields, chat);
  read_openai_stop(fields, chat.stop);
  read_logprobs(fields, chat);
  request.stream = read_openai_stream(fields, request.include_usage);
  chat.urgency = read_openai_urgency(fields);
  chat.end_user = read_openai_end_user(fields);
  chat.session = fields.text("prompt_cache_key").value_or("");
  chat.preferences = read_provider_object(fields);
  refuse_what_is_not_here(fields);
  fields.accept(without_effect);
  chat.passed = fields.pass("openai chat", of_others_quiet);
  if (!fields.ok()) return fail(fields.error());
  return request;
}

}  // namespace entente::wire
