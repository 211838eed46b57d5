#include "wire/anthropic/messages_call.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/turns.hpp"

namespace entente::wire {

namespace {

constexpr std::int64_t usual_max_tokens = 4096;  // it must be said, and a client need not have

struct BlockWriter {
  JsonWriter& json;

  void operator()(const TextPart& text) const {
    json.begin_object().key("type").string("text").key("text").string(text.text).end_object();
  }
  void operator()(const ImagePart& image) const {
    json.begin_object().key("type").string("image").key("source").begin_object();
    if (image.url.empty()) {
      json.key("type").string("base64").key("media_type").string(image.media_type);
      json.key("data").string(to_base64(as_bytes(image.bytes)));
    } else {
      json.key("type").string("url").key("url").string(image.url);
    }
    json.end_object().end_object();
  }
  // Thoughts go back only as they came, with what proves it: others mean nothing to their maker.
  void operator()(const ReasoningPart& thought) const {
    if (thought.signature.empty()) return;
    if (thought.sealed) {
      json.begin_object().key("type").string("redacted_thinking").key("data").string(thought.signature).end_object();
    } else {
      json.begin_object().key("type").string("thinking").key("thinking").string(thought.text);
      json.key("signature").string(thought.signature).end_object();
    }
  }
  void operator()(const ToolCall& call) const {
    json.begin_object().key("type").string("tool_use").key("id").string(call.id).key("name").string(call.name);
    json.key("input").raw(as_object(call.arguments)).end_object();
  }
  void operator()(const ToolResult& result) const {
    json.begin_object().key("type").string("tool_result").key("tool_use_id").string(result.call);
    if (!result.text.empty()) json.key("content").string(result.text);
    if (result.failed) json.key("is_error").boolean(true);
    json.end_object();
  }
};

void write_tools(JsonWriter& json, const Tooling& tooling) {
  if (tooling.tools.empty()) return;
  bool one = tooling.use == ToolUse::required && tooling.allowed.size() == 1;
  json.key("tools").begin_array();
  for (const Tool& tool : tooling.tools) {
    if (!one && !tooling.allowed.empty() && !std::ranges::contains(tooling.allowed, tool.name)) continue;
    json.begin_object().key("name").string(tool.name);
    if (!tool.description.empty()) json.key("description").string(tool.description);
    json.key("input_schema").raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
    if (tool.strict) json.key("strict").boolean(true);
    json.end_object();
  }
  json.end_array().key("tool_choice").begin_object().key("type");
  if (tooling.use == ToolUse::none) {
    json.string("none");
  } else if (one) {
    json.string("tool").key("name").string(tooling.allowed.front());
  } else {
    json.string(tooling.use == ToolUse::required ? "any" : "auto");
  }
  if (!tooling.parallel && tooling.use != ToolUse::none) json.key("disable_parallel_tool_use").boolean(true);
  json.end_object();
}

std::string_view effort_word(ReasoningEffort effort) {
  return effort == ReasoningEffort::minimal ? "low" : to_string(effort);
}

void write_thinking(JsonWriter& json, const Chat& chat) {
  bool thinks = chat.reasoning_effort && *chat.reasoning_effort != ReasoningEffort::none;
  if (chat.reasoning_budget) {
    json.key("thinking").begin_object().key("type").string("enabled").key("budget_tokens");
    json.number(std::int64_t{*chat.reasoning_budget}).end_object();
  } else if (chat.reasoning_effort) {
    json.key("thinking").begin_object().key("type").string(thinks ? "adaptive" : "disabled").end_object();
  }
  bool schema = chat.format.kind == AnswerFormat::Kind::json_schema;
  if (!schema && !thinks) return;
  json.key("output_config").begin_object();
  if (thinks) json.key("effort").string(effort_word(*chat.reasoning_effort));
  if (schema) {
    json.key("format")
        .begin_object()
        .key("type")
        .string("json_schema")
        .key("schema")
        .raw(chat.format.schema)
        .end_object();
  }
  json.end_object();
}

void write_prompt(JsonWriter& json, const Chat& chat) {
  Turns turns = turns_of(chat.conversation);
  if (!turns.system.empty()) {
    json.key("system").begin_array();
    for (std::string_view text : turns.system)
      json.begin_object().key("type").string("text").key("text").string(text).end_object();
    json.end_array();
  }
  json.key("messages").begin_array();
  write_turns(json, turns, "assistant", "content", BlockWriter{json});
  json.end_array();
  write_tools(json, chat.tooling);
  write_thinking(json, chat);
}

void write_passed(JsonWriter& json, const Chat& chat) {
  if (!chat.passed) return;
  for (const PassedField& field : chat.passed->fields) json.key(field.name).raw(field.value);
}

}  // namespace

std::string encode_messages_call(const Chat& chat, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model);
  json.key("max_tokens").number(chat.max_tokens ? std::int64_t{*chat.max_tokens} : usual_max_tokens);
  write_prompt(json, chat);
  if (chat.sampling.temperature) json.key("temperature").number(*chat.sampling.temperature);
  if (chat.sampling.top_p) json.key("top_p").number(*chat.sampling.top_p);
  if (chat.sampling.top_k > 0) json.key("top_k").number(std::int64_t{chat.sampling.top_k});
  if (!chat.stop.empty()) {
    json.key("stop_sequences").begin_array();
    for (const std::string& stop : chat.stop) json.string(stop);
    json.end_array();
  }
  if (!chat.end_user.empty()) json.key("metadata").begin_object().key("user_id").string(chat.end_user).end_object();
  write_passed(json, chat);
  json.key("stream").boolean(true).end_object();
  return out;
}

std::string encode_messages_count(const Chat& chat, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model);
  write_prompt(json, chat);
  write_passed(json, chat);
  json.end_object();
  return out;
}

}  // namespace entente::wire
