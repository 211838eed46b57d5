#include "wire/openai/chat_call.hpp"

#include <algorithm>
#include <format>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

bool has_images(const Message& message) {
  return std::ranges::any_of(message.parts, [](const Part& part) { return std::holds_alternative<ImagePart>(part); });
}

void write_parts(JsonWriter& json, const Message& message, const CallForm& form) {
  json.begin_array();
  for (const Part& part : message.parts) {
    if (auto* text = std::get_if<TextPart>(&part)) {
      json.begin_object().key("type").string("text").key("text").string(text->text).end_object();
    } else if (auto* image = std::get_if<ImagePart>(&part)) {
      json.begin_object().key("type").string("image_url").key("image_url").begin_object();
      json.key("url").string(openai_image_address(*image));
      if (form.image_detail && !image->detail.empty()) json.key("detail").string(image->detail);
      json.end_object().end_object();
    }
  }
  json.end_array();
}

// The same id becomes the same nine letters, so that results still find their calls.
std::string call_id(const std::string& id, const CallForm& form) {
  bool good = id.size() == 9 && std::ranges::all_of(id, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
              });
  return good || !form.short_call_ids ? id : to_hex(sha256(id)).substr(0, 9);
}

void write_calls(JsonWriter& json, const Message& message, const CallForm& form) {
  bool any = false;
  for (const Part& part : message.parts) {
    auto* call = std::get_if<ToolCall>(&part);
    if (!call) continue;
    if (!any) json.key("tool_calls").begin_array();
    any = true;
    json.begin_object()
        .key("id")
        .string(call_id(call->id, form))
        .key("type")
        .string("function")
        .key("function")
        .begin_object();
    json.key("name").string(call->name).key("arguments").string(call->arguments).end_object().end_object();
  }
  if (any) json.end_array();
}

void write_message(JsonWriter& json, const Message& message, const CallForm& form) {
  if (message.role == Role::tool) {  // one message for each result
    for (const Part& part : message.parts) {
      auto* result = std::get_if<ToolResult>(&part);
      if (!result) continue;
      json.begin_object().key("role").string("tool").key("tool_call_id").string(call_id(result->call, form));
      json.key("content").string(result->text).end_object();
    }
    return;
  }
  bool developer = message.role == Role::developer && !form.developer_role;
  json.begin_object().key("role").string(developer ? "system" : to_string(message.role));
  if (!message.name.empty() && form.speaker_names) json.key("name").string(message.name);
  std::string text = text_of(message);
  bool calls =
      std::ranges::any_of(message.parts, [](const Part& part) { return std::holds_alternative<ToolCall>(part); });
  json.key("content");
  if (has_images(message)) {
    write_parts(json, message, form);
  } else if (text.empty() && calls) {
    json.null();
  } else {
    json.string(text);
  }
  if (message.role == Role::assistant) {
    if (!form.thoughts.empty()) {
      for (const Part& part : message.parts) {
        if (auto* thought = std::get_if<ReasoningPart>(&part)) json.key(form.thoughts).string(thought->text);
      }
    }
    write_calls(json, message, form);
  }
  json.end_object();
}

bool is_sent(const Tooling& tooling, const Tool& tool, const CallForm& form) {
  bool narrowed = !tooling.allowed.empty() && !form.allowed_tools &&
                  !(tooling.allowed.size() == 1 && tooling.use == ToolUse::required && form.named_tool_choice);
  return !narrowed || std::ranges::contains(tooling.allowed, tool.name);
}

void write_choice(JsonWriter& json, const Tooling& tooling, const CallForm& form) {
  std::string_view word = tooling.use == ToolUse::required    ? form.required_calls
                          : tooling.use == ToolUse::automatic ? std::string_view("auto")
                                                              : std::string_view("none");
  auto function = [&](const std::string& name) {
    json.begin_object().key("type").string("function").key("function").begin_object();
    json.key("name").string(name).end_object().end_object();
  };
  if (tooling.allowed.size() == 1 && tooling.use == ToolUse::required && form.named_tool_choice) {
    json.key("tool_choice");
    function(tooling.allowed.front());
  } else if (!tooling.allowed.empty() && form.allowed_tools) {
    json.key("tool_choice").begin_object().key("type").string("allowed_tools").key("allowed_tools").begin_object();
    json.key("mode").string(word).key("tools").begin_array();
    for (const std::string& name : tooling.allowed) function(name);
    json.end_array().end_object().end_object();
  } else if (tooling.use != ToolUse::automatic) {
    json.key("tool_choice").string(word);
  }
}

void write_tooling(JsonWriter& json, const Tooling& tooling, const CallForm& form) {
  if (tooling.tools.empty()) return;
  json.key("tools").begin_array();
  for (const Tool& tool : tooling.tools) {
    if (!is_sent(tooling, tool, form)) continue;
    json.begin_object().key("type").string("function").key("function").begin_object();
    json.key("name").string(tool.name);
    if (!tool.description.empty()) json.key("description").string(tool.description);
    if (!tool.parameters.empty()) json.key("parameters").raw(tool.parameters);
    if (tool.strict && form.strict_tools) json.key("strict").boolean(true);
    json.end_object().end_object();
  }
  json.end_array();
  write_choice(json, tooling, form);
  if (!tooling.parallel && form.parallel_tool_calls) json.key("parallel_tool_calls").boolean(false);
}

void write_format(JsonWriter& json, const AnswerFormat& format) {
  if (format.kind == AnswerFormat::Kind::text) return;
  json.key("response_format").begin_object();
  if (format.kind == AnswerFormat::Kind::json_object) {
    json.key("type").string("json_object");
  } else {
    json.key("type").string("json_schema").key("json_schema").begin_object();
    json.key("name").string(format.name.empty() ? "answer" : format.name).key("schema").raw(format.schema);
    json.key("strict").boolean(format.strict).end_object();
  }
  json.end_object();
}

void write_sampling(JsonWriter& json, const Sampling& sampling, const CallForm& form) {
  if (sampling.temperature) json.key("temperature").number(*sampling.temperature);
  if (sampling.top_p) json.key("top_p").number(*sampling.top_p);
  if (sampling.presence_penalty != 0) json.key("presence_penalty").number(sampling.presence_penalty);
  if (sampling.frequency_penalty != 0) json.key("frequency_penalty").number(sampling.frequency_penalty);
  if (sampling.seed) json.key(form.seed).number(static_cast<std::int64_t>(*sampling.seed));
  if (!sampling.logit_bias.empty()) {
    json.key("logit_bias").begin_object();
    for (auto [token, bias] : sampling.logit_bias) json.key(std::to_string(token)).number(bias);
    json.end_object();
  }
  if (form.top_level_extensions) {
    if (sampling.top_k > 0) json.key("top_k").number(std::int64_t{sampling.top_k});
    if (sampling.min_p > 0) json.key("min_p").number(sampling.min_p);
    if (sampling.repetition_penalty != 1) json.key("repetition_penalty").number(sampling.repetition_penalty);
  }
}

}  // namespace

std::string encode_chat_call(const Chat& chat, std::string_view model, const CallForm& form) {
  std::string out;
  out.reserve(512 + bytes_of(chat.conversation) * 5 / 4);
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("messages").begin_array();
  for (const Message& message : chat.conversation) write_message(json, message, form);
  json.end_array();
  write_tooling(json, chat.tooling, form);
  write_format(json, chat.format);
  bool said = chat.reasoning_effort && (*chat.reasoning_effort != ReasoningEffort::none || form.effort_none);
  if (said && form.reasoning_effort) json.key("reasoning_effort").string(to_string(*chat.reasoning_effort));
  write_sampling(json, chat.sampling, form);
  if (chat.max_tokens) json.key(form.max_tokens).number(std::int64_t{*chat.max_tokens});
  if (chat.choices > 1) json.key("n").number(std::int64_t{chat.choices});
  if (!chat.stop.empty()) {
    json.key("stop").begin_array();
    for (const std::string& stop : chat.stop) json.string(stop);
    json.end_array();
  }
  if (chat.logprobs) {
    json.key("logprobs").boolean(true);
    if (chat.top_logprobs > 0) json.key("top_logprobs").number(std::int64_t{chat.top_logprobs});
  }
  if (form.end_user && !chat.end_user.empty()) json.key("user").string(chat.end_user);
  if (chat.passed) {
    for (const PassedField& field : chat.passed->fields) json.key(field.name).raw(field.value);
  }
  json.key("stream").boolean(true);
  if (form.stream_options) json.key("stream_options").begin_object().key("include_usage").boolean(true).end_object();
  json.end_object();
  return out;
}

}  // namespace entente::wire
