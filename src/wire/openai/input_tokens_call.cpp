#include "wire/openai/input_tokens_call.hpp"

#include <algorithm>

#include "wire/json_writer.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

bool is_said(const Part& part) {
  return std::holds_alternative<TextPart>(part) || std::holds_alternative<ImagePart>(part);
}

struct ContentWriter {
  JsonWriter& json;
  bool assistant;

  void operator()(const TextPart& text) const {
    json.begin_object().key("type").string(assistant ? "output_text" : "input_text").key("text").string(text.text);
    json.end_object();
  }
  void operator()(const ImagePart& image) const {
    json.begin_object().key("type").string("input_image").key("image_url").string(openai_image_address(image));
    if (!image.detail.empty()) json.key("detail").string(image.detail);
    json.end_object();
  }
  // Thoughts are not sent back, as in chat/completions; calls and results are items of their own.
  void operator()(const auto&) const {}
};

void write_message(JsonWriter& json, const Message& message) {
  if (std::ranges::any_of(message.parts, is_said)) {
    json.begin_object().key("role").string(to_string(message.role)).key("content").begin_array();
    for (const Part& part : message.parts) std::visit(ContentWriter{json, message.role == Role::assistant}, part);
    json.end_array().end_object();
  }
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCall>(&part)) {
      json.begin_object().key("type").string("function_call").key("call_id").string(call->id);
      json.key("name").string(call->name).key("arguments").string(call->arguments).end_object();
    } else if (const auto* result = std::get_if<ToolResult>(&part)) {
      json.begin_object().key("type").string("function_call_output").key("call_id").string(result->call);
      json.key("output").string(result->text).end_object();
    }
  }
}

void write_function(JsonWriter& json, const std::string& name) {
  json.begin_object().key("type").string("function").key("name").string(name).end_object();
}

void write_choice(JsonWriter& json, const Tooling& tooling) {
  std::string_view word = tooling.use == ToolUse::required    ? "required"
                          : tooling.use == ToolUse::automatic ? "auto"
                                                              : "none";
  json.key("tool_choice");
  if (tooling.allowed.size() == 1 && tooling.use == ToolUse::required) return write_function(json, tooling.allowed[0]);
  if (tooling.allowed.empty()) {
    json.string(word);
    return;
  }
  json.begin_object().key("type").string("allowed_tools").key("mode").string(word).key("tools").begin_array();
  for (const std::string& name : tooling.allowed) write_function(json, name);
  json.end_array().end_object();
}

void write_tooling(JsonWriter& json, const Tooling& tooling) {
  if (tooling.tools.empty()) return;
  json.key("tools").begin_array();
  for (const Tool& tool : tooling.tools) {
    json.begin_object().key("type").string("function").key("name").string(tool.name);
    if (!tool.description.empty()) json.key("description").string(tool.description);
    json.key("parameters");
    json.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
    json.key("strict").boolean(tool.strict).end_object();
  }
  json.end_array();
  write_choice(json, tooling);
  if (!tooling.parallel) json.key("parallel_tool_calls").boolean(false);
}

void write_format(JsonWriter& json, const AnswerFormat& format) {
  if (format.kind == AnswerFormat::Kind::text) return;
  json.key("text").begin_object().key("format").begin_object().key("type");
  if (format.kind == AnswerFormat::Kind::json_object) {
    json.string("json_object");
  } else {
    json.string("json_schema").key("name").string(format.name.empty() ? "answer" : format.name);
    json.key("schema").raw(format.schema).key("strict").boolean(format.strict);
  }
  json.end_object().end_object();
}

}  // namespace

std::string encode_input_tokens_call(const Chat& chat, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("input").begin_array();
  for (const Message& message : chat.conversation) write_message(json, message);
  json.end_array();
  write_tooling(json, chat.tooling);
  write_format(json, chat.format);
  if (chat.reasoning_effort)
    json.key("reasoning").begin_object().key("effort").string(to_string(*chat.reasoning_effort)).end_object();
  json.end_object();
  return out;
}

}  // namespace entente::wire
