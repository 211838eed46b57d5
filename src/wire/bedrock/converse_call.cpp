#include "wire/bedrock/converse_call.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/turns.hpp"

namespace entente::wire {

namespace {

// "image/jpeg" is "jpeg" there.
std::string_view format_of(std::string_view media_type) { return media_type.substr(media_type.find('/') + 1); }

struct BlockWriter {
  JsonWriter& json;

  void operator()(const TextPart& text) const { json.begin_object().key("text").string(text.text).end_object(); }
  void operator()(const ImagePart& image) const {
    json.begin_object().key("image").begin_object().key("format").string(format_of(image.media_type));
    json.key("source").begin_object().key("bytes");
    json.string(to_base64(as_bytes(image.bytes)));
    json.end_object().end_object().end_object();
  }
  // Only what its maker signed goes back.
  void operator()(const ReasoningPart& thought) const {
    if (thought.signature.empty() || thought.sealed) return;
    json.begin_object().key("reasoningContent").begin_object().key("reasoningText").begin_object();
    json.key("text").string(thought.text).key("signature").string(thought.signature);
    json.end_object().end_object().end_object();
  }
  void operator()(const ToolCall& call) const {
    json.begin_object().key("toolUse").begin_object().key("toolUseId").string(call.id).key("name").string(call.name);
    json.key("input").raw(as_object(call.arguments)).end_object().end_object();
  }
  void operator()(const ToolResult& result) const {
    json.begin_object().key("toolResult").begin_object().key("toolUseId").string(result.call);
    json.key("content").begin_array().begin_object().key("text").string(result.text).end_object().end_array();
    if (result.failed) json.key("status").string("error");
    json.end_object().end_object();
  }
};

void write_tools(JsonWriter& json, const Tooling& tooling) {
  if (!tooling.may_call()) return;
  bool one = tooling.use == ToolUse::required && tooling.allowed.size() == 1;
  json.key("toolConfig").begin_object().key("tools").begin_array();
  for (const Tool& tool : tooling.tools) {
    if (!one && !tooling.allowed.empty() && !std::ranges::contains(tooling.allowed, tool.name)) continue;
    json.begin_object().key("toolSpec").begin_object().key("name").string(tool.name);
    if (!tool.description.empty()) json.key("description").string(tool.description);
    json.key("inputSchema").begin_object().key("json");
    json.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
    json.end_object().end_object().end_object();
  }
  json.end_array();
  if (tooling.use == ToolUse::required) {
    json.key("toolChoice").begin_object();
    if (one) {
      json.key("tool").begin_object().key("name").string(tooling.allowed.front()).end_object();
    } else {
      json.key("any").begin_object().end_object();
    }
    json.end_object();
  }
  json.end_object();
}

// What the model reads.
void write_prompt(JsonWriter& json, const Chat& chat) {
  Turns turns = turns_of(chat.conversation);
  if (!turns.system.empty()) {
    json.key("system").begin_array();
    for (std::string_view text : turns.system) json.begin_object().key("text").string(text).end_object();
    json.end_array();
  }
  json.key("messages").begin_array();
  write_turns(json, turns, "assistant", "content", BlockWriter{json});
  json.end_array();
  write_tools(json, chat.tooling);
}

}  // namespace

std::string encode_converse_call(const Chat& chat) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_prompt(json, chat);
  json.key("inferenceConfig").begin_object();
  if (chat.max_tokens) json.key("maxTokens").number(std::int64_t{*chat.max_tokens});
  if (chat.sampling.temperature) json.key("temperature").number(*chat.sampling.temperature);
  if (chat.sampling.top_p) json.key("topP").number(*chat.sampling.top_p);
  if (!chat.stop.empty()) {
    json.key("stopSequences").begin_array();
    for (const std::string& stop : chat.stop) json.string(stop);
    json.end_array();
  }
  json.end_object().end_object();
  return out;
}

std::string encode_converse_count(const Chat& chat) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("input").begin_object().key("converse").begin_object();
  write_prompt(json, chat);
  json.end_object().end_object().end_object();
  return out;
}

}  // namespace entente::wire
