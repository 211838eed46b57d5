// Input items of OpenAI's Responses dialect.
#include <format>
#include <set>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/responses_parts.hpp"

namespace entente::wire {

namespace {

// They come back from replies and from clients' own books.
constexpr std::string_view bookkeeping[] = {"id", "status", "phase", "created_by",
                                            "internal_chat_message_metadata_passthrough"};

std::string read_called(Fields& item) {
  std::string name = item.required_text("name");
  return joined_name(item.text("namespace").value_or(""), name);
}

class Reader {
 public:
  explicit Reader(Conversation& out) : out_(out) {}

  void read(Fields& item) {
    std::string type = item.text("type").value_or("message");
    item.accept(bookkeeping);
    if (!item.ok()) return;
    if (type == "message") {
      read_message(item);
    } else if (type == "function_call") {
      add(ToolCall{.id = item.required_text("call_id"),
                   .name = read_called(item),
                   .arguments = item.required_text("arguments")});
    } else if (type == "custom_tool_call") {
      ToolCall call{.id = item.required_text("call_id"), .name = read_called(item), .arguments = {}};
      JsonWriter json(call.arguments);
      json.begin_object().key(custom_input).string(item.required_text("input")).end_object();
      add(std::move(call));
    } else if (type == "function_call_output" || type == "custom_tool_call_output") {
      item.text("name");
      item.text("namespace");
      read_output(item);
    } else if (type == "reasoning") {
      read_reasoning(item);
    } else if (type == "item_reference") {
      item.reject("type",
                  std::format("'{}' is 'item_reference', but items are not kept here. Send the item itself.",
                              item.path_of("type")),
                  "unsupported_value");
    } else {
      item.reject("type",
                  std::format("'{}' is '{}', which this version does not know.", item.path_of("type"), shortened(type)),
                  "unsupported_value");
    }
  }

 private:
  // What the assistant said, thought and called in one go is one message.
  void add(Part part) {
    if (out_.empty() || out_.back().role != Role::assistant)
      out_.push_back({.role = Role::assistant, .parts = {}, .name = {}});
    out_.back().parts.push_back(std::move(part));
  }

  void read_message(Fields& item) {
    std::string word = item.required_text("role");
    Role role = Role::user;
    bool known = false;
    for (Role each : {Role::user, Role::assistant, Role::system, Role::developer}) {
      if (to_string(each) != word) continue;
      role = each;
      known = true;
    }
    if (item.ok() && !known) {
      return item.reject("role",
                         std::format("'{}' must be one of user, assistant, system and developer, but '{}' came.",
                                     item.path_of("role"), shortened(word)));
    }
    std::vector<Part> parts;
    const Json* content = item.any("content");
    if (!content) return item.missing("content");
    read_content(item, "content", *content, parts);
    if (role == Role::assistant) {
      for (Part& part : parts) add(std::move(part));
    } else {
      out_.push_back({.role = role, .parts = std::move(parts), .name = {}});
    }
  }

  static void read_content(Fields& item, std::string_view name, const Json& content, std::vector<Part>& parts) {
    if (auto* text = content.as<std::string>()) {
      parts.emplace_back(TextPart{*text});
    } else if (content.as<Json::Array>()) {
      item.each(name, [&](Fields& part) { read_part(part, parts); });
    } else {
      item.reject(
          name,
          std::format("'{}' must be a string or an array of parts, but {} came.", item.path_of(name), content.kind()),
          "invalid_type");
    }
  }

  static void read_part(Fields& part, std::vector<Part>& parts) {
    std::string type = part.required_text("type");
    if (!part.ok()) return;
    part.any("prompt_cache_breakpoint");
    if (type == "input_text" || type == "output_text" || type == "text") {
      parts.emplace_back(TextPart{part.required_text("text")});
      part.any("annotations");
      part.any("logprobs");
    } else if (type == "refusal") {
      parts.emplace_back(TextPart{part.required_text("refusal")});
    } else if (type == "input_image") {
      auto image = openai_image_at(part.text("image_url").value_or(""));
      bool stored = part.text("file_id").has_value();
      if (part.ok() && (stored || !image || (image->url.empty() && image->bytes.empty()))) {
        return part.reject(
            "image_url", std::format("'{}' must be an address or 'data:image/…;base64,…'.", part.path_of("image_url")));
      }
      if (!part.ok()) return;
      image->detail = part.text("detail").value_or("");
      parts.emplace_back(std::move(*image));
    } else {
      part.reject("type",
                  std::format("'{}' is '{}', which this version does not read.", part.path_of("type"), shortened(type)),
                  "unsupported_value");
    }
  }

  void read_output(Fields& item) {
    ToolResult result{.call = item.required_text("call_id"), .text = {}};
    const Json* output = item.any("output");
    if (!output) return item.missing("output");
    std::vector<Part> parts, shown;
    read_content(item, "output", *output, parts);
    for (Part& part : parts) {
      if (auto* text = std::get_if<TextPart>(&part)) {
        result.text += text->text;
      } else {
        shown.push_back(std::move(part));
      }
    }
    out_.push_back({.role = Role::tool, .parts = {}, .name = {}});
    out_.back().parts.emplace_back(std::move(result));
    if (!shown.empty()) out_.push_back({.role = Role::user, .parts = std::move(shown), .name = {}});
  }

  void read_reasoning(Fields& item) {
    ReasoningPart thought;
    auto read = [&](Fields& part) {
      part.text("type");
      thought.text += part.required_text("text");
    };
    item.each("summary", read);
    if (const Json* content = item.any("content"); content && content->as<Json::Array>()) {
      thought.text.clear();
      item.each("content", read);
    }
    thought.signature = item.text("encrypted_content").value_or("");
    if (!thought.text.empty() || !thought.signature.empty()) add(std::move(thought));
  }

  Conversation& out_;
};

// The item as it is shown again: with a type and an id.
InputItem shown(const Json& item, std::size_t index) {
  InputItem out{.id = std::format("item_{}", index), .json = {}};
  JsonWriter json(out.json);
  json.begin_object();
  const Json* type = item.find("type");
  const Json* id = item.find("id");
  if (!id || id->is_null()) json.key("id").string(out.id);
  if (const std::string* own = item.text("id")) out.id = *own;
  if (!type || type->is_null()) json.key("type").string("message");
  for (const auto& [name, value] : *item.as<Json::Object>()) {
    if (value.is_null() && (name == "id" || name == "type")) continue;
    bool text = name == "content" && value.as<std::string>();
    json.key(name);
    if (!text) {
      json.raw(to_json_text(value));
      continue;
    }
    json.begin_array().begin_object().key("type").string("input_text").key("text").string(*value.as<std::string>());
    json.end_object().end_array();
  }
  json.end_object();
  return out;
}

}  // namespace

void read_response_input(Fields& body, ResponsesRequest& request) {
  const Json* input = body.any("input");
  if (!input) return body.missing("input");
  if (auto* text = input->as<std::string>()) {
    request.chat.conversation.push_back(said(Role::user, *text));
    Json item{Json::Object{{"role", Json{std::string("user")}}, {"content", Json{*text}}}};
    request.input.push_back(shown(item, 0));
    return;
  }
  auto* list = input->as<Json::Array>();
  if (!list) {
    return body.reject("input",
                       std::format("'input' must be a string or an array of items, but {} came.", input->kind()),
                       "invalid_type");
  }
  if (list->empty()) return body.reject("input", "'input' must hold at least one item.", "empty_array");
  Reader reader(request.chat.conversation);
  body.each("input", [&](Fields& item) { reader.read(item); });
  if (!body.ok()) return;
  for (std::size_t i = 0; i < list->size(); ++i) request.input.push_back(shown((*list)[i], i));
}

// The call may stand in a response that was kept: so this is looked at when the two have come together.
Result<> check_response_outputs(const Conversation& conversation) {
  std::set<std::string_view> calls;
  for (const Message& message : conversation) {
    for (const Part& part : message.parts) {
      if (auto* call = std::get_if<ToolCall>(&part)) calls.insert(call->id);
      auto* result = std::get_if<ToolResult>(&part);
      if (!result || calls.contains(result->call)) continue;
      return fail({.code = ErrorCode::invalid_request,
                   .message = std::format("'input' holds an output for the call '{}', which no earlier item made.",
                                          shortened(result->call)),
                   .reason = "invalid_value",
                   .param = "input"});
    }
  }
  return {};
}

}  // namespace entente::wire
