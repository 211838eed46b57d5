// Messages of OpenAI's chat/completions dialect.
#include <algorithm>
#include <format>
#include <set>

#include "base/encoding.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

std::optional<Role> role_named(std::string_view name) {
  for (Role role : {Role::system, Role::developer, Role::user, Role::assistant, Role::tool}) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

void read_image(Fields& part, std::vector<Part>& parts) {
  const Json* object = part.object("image_url");
  if (!object) return part.missing("image_url");
  Fields inner(*object, part.path_of("image_url"));
  std::string url = inner.required_text("url");
  auto image = openai_image_at(std::move(url));
  if (!image && inner.ok()) {
    inner.reject("url", std::format("'{}' must be an address or 'data:image/…;base64,…'.", inner.path_of("url")));
  }
  std::string detail = inner.text("detail").value_or("");
  if (!detail.empty() && detail != "auto" && detail != "low" && detail != "high") {
    inner.reject("detail", std::format("'{}' must be one of auto, low and high.", inner.path_of("detail")));
  }
  inner.nothing_else();
  if (!inner.ok()) return part.reject(inner.error());
  image->detail = std::move(detail);
  parts.emplace_back(std::move(*image));
}

void read_part(Fields& part, Role role, std::vector<Part>& parts) {
  std::string type = part.required_text("type");
  if (!part.ok()) return;
  part.any("prompt_cache_breakpoint");  // what was computed is kept without being asked
  if (type == "text") {
    parts.emplace_back(TextPart{part.required_text("text")});
  } else if (type == "refusal" && role == Role::assistant) {
    parts.emplace_back(TextPart{part.required_text("refusal")});
  } else if (type == "image_url" && role == Role::user) {
    read_image(part, parts);
  } else if (type == "input_audio" || type == "file") {
    part.reject("type", std::format("'{}' is '{}', which no model here reads.", part.path_of("type"), type),
                "unsupported_value");
  } else {
    std::string_view known = role == Role::user        ? "'text' or 'image_url'"
                             : role == Role::assistant ? "'text' or 'refusal'"
                                                       : "'text'";
    part.reject("type", std::format("'{}' must be {} here.", part.path_of("type"), known));
  }
}

void read_content(Fields& message, Role role, bool may_be_missing, std::vector<Part>& parts) {
  const Json* content = message.any("content");
  if (!content) {
    if (may_be_missing || !message.ok()) return;
    return message.reject("content",
                          std::format("'{}' is missing. Send the message's text.", message.path_of("content")),
                          "missing_required_parameter");
  }
  if (auto* text = content->as<std::string>()) {
    parts.emplace_back(TextPart{*text});
    return;
  }
  auto* list = content->as<Json::Array>();
  if (!list) {
    return message.reject("content",
                          std::format("'{}' must be a string or an array of parts, but {} came.",
                                      message.path_of("content"), content->kind()),
                          "invalid_type");
  }
  if (list->empty()) message.reject("content", std::format("'{}' must not be empty.", message.path_of("content")));
  for (std::size_t i = 0; i < list->size() && message.ok(); ++i) {
    Fields part((*list)[i], std::format("{}[{}]", message.path_of("content"), i));
    read_part(part, role, parts);
    part.nothing_else();
    if (!part.ok()) message.reject(part.error());
  }
}

void read_call(Fields& call, std::vector<Part>& parts) {
  std::string type = call.text("type").value_or("function");
  if (call.ok() && type != "function") {
    return call.reject("type", std::format("'{}' must be 'function'.", call.path_of("type")), "unsupported_value");
  }
  ToolCall out{.id = call.required_text("id"), .name = {}, .arguments = {}};
  call.integer("index", 0, 1'000'000);  // left in by clients that put a stream together
  call.inside("extra_content", [&](Fields& extra) {
    extra.inside("google", [&](Fields& google) { out.signature = google.text("thought_signature").value_or(""); });
  });
  const Json* function = call.object("function");
  if (!function) return call.missing("function");
  Fields inner(*function, call.path_of("function"));
  out.name = inner.required_text("name");
  out.arguments = inner.required_text("arguments");
  inner.nothing_else();
  if (!inner.ok()) return call.reject(inner.error());
  parts.emplace_back(std::move(out));
}

bool read_calls(Fields& message, std::vector<Part>& parts) {
  const Json::Array* calls = message.array("tool_calls");
  if (!calls) return false;
  for (std::size_t i = 0; i < calls->size() && message.ok(); ++i) {
    Fields call((*calls)[i], std::format("{}[{}]", message.path_of("tool_calls"), i));
    read_call(call, parts);
    call.nothing_else();
    if (!call.ok()) message.reject(call.error());
  }
  return !calls->empty();
}

void read_assistant(Fields& fields, std::vector<Part>& parts) {
  // What other servers call the thoughts they sent, sent back by clients that keep whole messages.
  auto thoughts = fields.text("reasoning_content");
  auto also = fields.text("reasoning");
  std::vector<Part> calls;
  bool has_calls = read_calls(fields, calls);
  bool refused = fields.text("refusal").has_value();
  if (std::string text = thoughts.value_or(also.value_or("")); !text.empty()) {
    parts.emplace_back(ReasoningPart{.text = std::move(text), .signature = {}});
  }
  read_content(fields, Role::assistant, has_calls || refused, parts);
  std::ranges::move(calls, std::back_inserter(parts));
  for (std::string_view name : {"audio", "function_call"}) {
    if (fields.any(name)) {
      fields.reject(name, std::format("'{}' is not supported by this version. Leave it out.", fields.path_of(name)),
                    "unsupported_parameter");
    }
  }
  constexpr std::string_view from_sdk_replies[] = {"annotations", "parsed"};
  fields.accept(from_sdk_replies);
}

void read_tool_result(Fields& fields, std::vector<Part>& parts) {
  ToolResult result{.call = fields.required_text("tool_call_id"), .text = {}};
  std::vector<Part> content;
  read_content(fields, Role::tool, false, content);
  for (const Part& part : content) result.text += std::get<TextPart>(part).text;
  parts.emplace_back(std::move(result));
}

}  // namespace

std::string openai_image_address(const ImagePart& image) {
  if (!image.url.empty()) return image.url;
  return std::format("data:{};base64,{}", image.media_type, to_base64(as_bytes(image.bytes)));
}

std::optional<ImagePart> openai_image_at(std::string url) {
  ImagePart image;
  if (url.empty()) return std::nullopt;
  if (!url.starts_with("data:")) {
    image.url = std::move(url);
    return image;
  }
  std::string_view rest = std::string_view(url).substr(5);
  std::size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  std::string_view head = rest.substr(0, comma);
  if (!head.ends_with(";base64")) return std::nullopt;
  image.media_type = head.substr(0, head.find(';'));
  auto bytes = from_base64(rest.substr(comma + 1));
  if (!bytes || bytes->empty() || !image.media_type.starts_with("image/")) return std::nullopt;
  image.bytes = std::move(*bytes);
  return image;
}

Result<Message> read_openai_message(const Json& json, std::size_t index) {
  Fields fields(json, std::format("messages[{}]", index));
  Message message;
  std::string word = fields.required_text("role");
  if (!fields.ok()) return fail(fields.error());
  auto role = role_named(word);
  if (!role) {
    fields.reject("role",
                  word == "function"
                      ? std::format("'{}' is 'function', the older form of 'tool'. Use tools.", fields.path_of("role"))
                      : std::format("'{}' must be one of system, developer, user, assistant and tool, but "
                                    "'{}' came.",
                                    fields.path_of("role"), shortened(word)));
    return fail(fields.error());
  }
  message.role = *role;
  message.name = fields.text("name").value_or("");
  if (message.role == Role::assistant) {
    read_assistant(fields, message.parts);
  } else if (message.role == Role::tool) {
    read_tool_result(fields, message.parts);
  } else {
    read_content(fields, message.role, false, message.parts);
  }
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return message;
}

Result<> check_tool_results(const Conversation& conversation) {
  std::set<std::string_view> calls;
  for (std::size_t i = 0; i < conversation.size(); ++i) {
    for (const Part& part : conversation[i].parts) {
      if (auto* call = std::get_if<ToolCall>(&part)) calls.insert(call->id);
      auto* result = std::get_if<ToolResult>(&part);
      if (!result || calls.contains(result->call)) continue;
      return fail({.code = ErrorCode::invalid_request,
                   .message = std::format("'messages[{}].tool_call_id' names the call '{}', which no earlier message "
                                          "of the assistant made.",
                                          i, shortened(result->call)),
                   .reason = "invalid_value",
                   .param = std::format("messages[{}].tool_call_id", i)});
    }
  }
  return {};
}

}  // namespace entente::wire
