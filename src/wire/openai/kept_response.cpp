#include "wire/openai/kept_response.hpp"

#include <optional>

#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

Error damaged() {
  return {.code = ErrorCode::internal,
          .message = "What was kept of a response cannot be read.",
          .details = "a row of responses in the store holds another form than is written there"};
}

// Most members of most parts are empty: those are left out.
void write_text(JsonWriter& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.key(name).string(text);
}

struct WritePart {
  JsonWriter& json;

  void operator()(const TextPart& part) { json.key("text").string(part.text); }
  void operator()(const ImagePart& part) {
    json.key("image").begin_object();
    write_text(json, "url", part.url);
    write_text(json, "media_type", part.media_type);
    if (!part.bytes.empty()) json.key("base64").string(to_base64(as_bytes(part.bytes)));
    write_text(json, "detail", part.detail);
    json.end_object();
  }
  void operator()(const ReasoningPart& part) {
    json.key("thought").begin_object();
    write_text(json, "text", part.text);
    write_text(json, "signature", part.signature);
    if (part.sealed) json.key("sealed").boolean(true);
    json.end_object();
  }
  void operator()(const ToolCall& call) {
    json.key("call").begin_object();
    write_text(json, "id", call.id);
    write_text(json, "name", call.name);
    write_text(json, "arguments", call.arguments);
    write_text(json, "signature", call.signature);
    json.end_object();
  }
  void operator()(const ToolResult& result) {
    json.key("result").begin_object();
    write_text(json, "call", result.call);
    write_text(json, "text", result.text);
    if (result.failed) json.key("failed").boolean(true);
    json.end_object();
  }
};

std::string text_in(const Json& object, std::string_view name) {
  const std::string* text = object.text(name);
  return text ? *text : std::string();
}

bool flag_in(const Json& object, std::string_view name) {
  const Json* found = object.find(name);
  const bool* flag = found ? found->as<bool>() : nullptr;
  return flag && *flag;
}

std::optional<Part> read_part(const Json& part) {
  if (const std::string* text = part.text("text")) return TextPart{*text};
  if (const Json* image = part.find("image")) {
    std::optional<std::string> bytes = from_base64(text_in(*image, "base64"));
    if (!bytes) return std::nullopt;
    return ImagePart{.url = text_in(*image, "url"),
                     .media_type = text_in(*image, "media_type"),
                     .bytes = *std::move(bytes),
                     .detail = text_in(*image, "detail")};
  }
  if (const Json* thought = part.find("thought")) {
    return ReasoningPart{.text = text_in(*thought, "text"),
                         .signature = text_in(*thought, "signature"),
                         .sealed = flag_in(*thought, "sealed")};
  }
  if (const Json* call = part.find("call")) {
    return ToolCall{.id = text_in(*call, "id"),
                    .name = text_in(*call, "name"),
                    .arguments = text_in(*call, "arguments"),
                    .signature = text_in(*call, "signature")};
  }
  if (const Json* result = part.find("result")) {
    return ToolResult{
        .call = text_in(*result, "call"), .text = text_in(*result, "text"), .failed = flag_in(*result, "failed")};
  }
  return std::nullopt;
}

std::optional<Role> role_named(std::string_view word) {
  for (Role role : {Role::system, Role::developer, Role::user, Role::assistant, Role::tool}) {
    if (to_string(role) == word) return role;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_kept_input(const std::vector<InputItem>& items) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  // The item as a text: it is shown again byte for byte.
  for (const InputItem& item : items)
    json.begin_object().key("id").string(item.id).key("item").string(item.json).end_object();
  json.end_array();
  return out;
}

Result<std::vector<InputItem>> decode_kept_input(std::string_view text) {
  Result<Json> document = parse_json(text);
  const Json::Array* list = document ? document->as<Json::Array>() : nullptr;
  if (!list) return fail(damaged());
  std::vector<InputItem> items;
  items.reserve(list->size());
  for (const Json& item : *list) {
    const std::string *id = item.text("id"), *json = item.text("item");
    if (!id || !json) return fail(damaged());
    items.push_back({.id = *id, .json = *json});
  }
  return items;
}

std::string encode_kept_conversation(const Conversation& conversation) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const Message& message : conversation) {
    json.begin_object().key("role").string(to_string(message.role));
    write_text(json, "name", message.name);
    json.key("parts").begin_array();
    for (const Part& part : message.parts) {
      json.begin_object();
      std::visit(WritePart{json}, part);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  return out;
}

Result<Conversation> decode_kept_conversation(std::string_view text) {
  Result<Json> document = parse_json(text);
  const Json::Array* list = document ? document->as<Json::Array>() : nullptr;
  if (!list) return fail(damaged());
  Conversation conversation;
  conversation.reserve(list->size());
  for (const Json& said : *list) {
    std::optional<Role> role = role_named(text_in(said, "role"));
    const Json::Array* parts = said.array("parts");
    if (!role || !parts) return fail(damaged());
    Message message{.role = *role, .parts = {}, .name = text_in(said, "name")};
    message.parts.reserve(parts->size());
    for (const Json& one : *parts) {
      std::optional<Part> part = read_part(one);
      if (!part) return fail(damaged());
      message.parts.push_back(*std::move(part));
    }
    conversation.push_back(std::move(message));
  }
  return conversation;
}

}  // namespace entente::wire
