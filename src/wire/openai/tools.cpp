// Tools, tool_choice and response_format of OpenAI's chat/completions dialect.
#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_tools = 512;

// What the reference allows for names of functions and of schemas.
bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string read_name(Fields& fields) {
  std::string name = fields.text("name").value_or("");
  if (fields.ok() && !good_name(name)) {
    fields.reject("name", std::format("'{}' must have 1 to 64 letters, digits, _ or -{}.", fields.path_of("name"),
                                      name.empty() ? "" : std::format(", but '{}' came", shortened(name))));
  }
  return name;
}

Tool read_function(Fields& function) {
  Tool tool{.name = read_name(function), .description = {}, .parameters = {}};
  tool.description = function.text("description").value_or("");
  if (const Json* parameters = function.object("parameters")) tool.parameters = to_json_text(*parameters);
  tool.strict = function.boolean("strict").value_or(false);
  function.nothing_else();
  return tool;
}

void read_tools(Fields& body, std::vector<Tool>& tools) {
  const Json::Array* list = body.array("tools");
  if (!list) return;
  if (list->size() > most_tools) {
    return body.reject("tools", std::format("'tools' holds at most {} tools.", most_tools));
  }
  for (std::size_t i = 0; i < list->size() && body.ok(); ++i) {
    Fields tool((*list)[i], std::format("tools[{}]", i));
    std::string type = tool.text("type").value_or("");
    if (tool.ok() && type != "function") {
      tool.reject("type", std::format("'{}' must be 'function'.", tool.path_of("type")), "unsupported_value");
    }
    const Json* function = tool.object("function");
    if (!function) tool.missing("function");
    if (function) {
      Fields inner(*function, tool.path_of("function"));
      tools.push_back(read_function(inner));
      if (!inner.ok()) tool.reject(inner.error());
    }
    tool.nothing_else();
    if (!tool.ok()) return body.reject(tool.error());
    if (std::ranges::count(tools, tools.back().name, &Tool::name) > 1) {
      return body.reject("tools", std::format("'tools' holds two functions named '{}'.", tools.back().name));
    }
  }
}

std::string read_chosen_function(Fields& choice) {
  const Json* function = choice.object("function");
  if (!function) {
    choice.missing("function");
    return {};
  }
  Fields inner(*function, choice.path_of("function"));
  std::string name = inner.text("name").value_or("");
  inner.nothing_else();
  if (!inner.ok()) choice.reject(inner.error());
  return name;
}

bool read_use(Fields& where, std::string_view name, std::string_view word, ToolUse& use) {
  if (word == "auto") {
    use = ToolUse::automatic;
  } else if (word == "none") {
    use = ToolUse::none;
  } else if (word == "required") {
    use = ToolUse::required;
  } else {
    where.reject(name, std::format("'{}' must be none, auto, required or a function, but '{}' came.",
                                   where.path_of(name), shortened(word)));
    return false;
  }
  return true;
}

// {"type":"function","function":{"name":…}} or {"type":"allowed_tools","allowed_tools":{"mode":…,"tools":[…]}}
void read_choice_object(Fields& choice, Tooling& tooling) {
  std::string type = choice.text("type").value_or("");
  if (type == "function") {
    tooling.use = ToolUse::required;
    tooling.allowed = {read_chosen_function(choice)};
  } else if (const Json* allowed = choice.object("allowed_tools"); allowed && type == "allowed_tools") {
    Fields inner(*allowed, choice.path_of("allowed_tools"));
    read_use(inner, "mode", inner.text("mode").value_or("auto"), tooling.use);
    if (const Json::Array* list = inner.array("tools")) {
      for (std::size_t i = 0; i < list->size() && inner.ok(); ++i) {
        Fields tool((*list)[i], std::format("{}[{}]", inner.path_of("tools"), i));
        tool.text("type");
        tooling.allowed.push_back(read_chosen_function(tool));
        if (!tool.ok()) inner.reject(tool.error());
      }
    }
    inner.nothing_else();
    if (!inner.ok()) choice.reject(inner.error());
  } else if (choice.ok()) {
    choice.reject("type", std::format("'{}' must be 'function' or 'allowed_tools'.", choice.path_of("type")),
                  "unsupported_value");
  }
  choice.nothing_else();
}

void read_choice(Fields& body, Tooling& tooling) {
  const Json* value = body.any("tool_choice");
  if (!value) return;
  if (auto* word = value->as<std::string>()) {
    if (!read_use(body, "tool_choice", *word, tooling.use)) return;
  } else {
    Fields choice(*value, "tool_choice");
    read_choice_object(choice, tooling);
    if (!choice.ok()) return body.reject(choice.error());
  }
  for (const std::string& name : tooling.allowed) {
    if (std::ranges::contains(tooling.tools, name, &Tool::name)) continue;
    return body.reject("tool_choice",
                       std::format("'tool_choice' names the function '{}', which 'tools' lacks.", shortened(name)));
  }
  if (tooling.tools.empty() && tooling.use == ToolUse::required) {
    body.reject("tool_choice", "'tool_choice' asks for a call, but there are no 'tools'.");
  }
}

void read_schema(Fields& format, AnswerFormat& out) {
  const Json* object = format.object("json_schema");
  if (!object) return format.missing("json_schema");
  Fields inner(*object, format.path_of("json_schema"));
  out.name = read_name(inner);
  inner.text("description");
  out.strict = inner.boolean("strict").value_or(false);
  const Json* schema = inner.object("schema");
  if (schema) {
    out.schema = to_json_text(*schema);
  } else {
    inner.missing("schema");
  }
  inner.nothing_else();
  if (!inner.ok()) format.reject(inner.error());
}

}  // namespace

void read_openai_tooling(Fields& body, Tooling& tooling) {
  read_tools(body, tooling.tools);
  if (!body.ok()) return;
  read_choice(body, tooling);
  tooling.parallel = body.boolean("parallel_tool_calls").value_or(true);
}

void read_openai_format(Fields& body, AnswerFormat& format) {
  const Json* object = body.object("response_format");
  if (!object) return;
  Fields fields(*object, "response_format");
  std::string type = fields.text("type").value_or("");
  if (type == "text") {
    format.kind = AnswerFormat::Kind::text;
  } else if (type == "json_object") {
    format.kind = AnswerFormat::Kind::json_object;
  } else if (type == "json_schema") {
    format.kind = AnswerFormat::Kind::json_schema;
    read_schema(fields, format);
  } else if (fields.ok()) {
    fields.reject("type",
                  std::format("'{}' must be one of text, json_object and json_schema.", fields.path_of("type")));
  }
  fields.nothing_else();
  if (!fields.ok()) body.reject(fields.error());
}

}  // namespace entente::wire
