// Tools, tool_choice and response_format of OpenAI's chat/completions dialect.
#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

void read_tools(Fields& body, std::vector<Tool>& tools) {
  body.each("tools", [&](Fields& tool) {
    std::string type = tool.text("type").value_or("");
    if (tool.ok() && type != "function") {
      tool.reject("type", std::format("'{}' must be 'function'.", tool.path_of("type")), "unsupported_value");
    }
    bool came = tool.inside("function", [&](Fields& function) { tools.push_back(read_openai_function(function)); });
    if (!came) tool.missing("function");
  });
  if (body.ok()) check_tool_names(body, tools);
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

// {"type":"function","function":{"name":…}} or {"type":"allowed_tools","allowed_tools":{"mode":…,"tools":[…]}}
void read_choice_object(Fields& choice, Tooling& tooling) {
  std::string type = choice.text("type").value_or("");
  if (type == "function") {
    tooling.use = ToolUse::required;
    tooling.allowed = {read_chosen_function(choice)};
  } else if (const Json* allowed = choice.object("allowed_tools"); allowed && type == "allowed_tools") {
    Fields inner(*allowed, choice.path_of("allowed_tools"));
    read_openai_tool_use(inner, "mode", inner.text("mode").value_or("auto"), tooling.use);
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
    read_openai_tool_use(body, "tool_choice", *word, tooling.use);
  } else {
    Fields choice(*value, "tool_choice");
    read_choice_object(choice, tooling);
    if (!choice.ok()) return body.reject(choice.error());
  }
  check_openai_tool_choice(body, tooling);
}

}  // namespace

Tool read_openai_function(Fields& function) {
  Tool tool{.name = read_name(function), .description = {}, .parameters = {}};
  tool.description = function.text("description").value_or("");
  if (const Json* parameters = function.object("parameters")) tool.parameters = to_json_text(*parameters);
  tool.strict = function.boolean("strict").value_or(false);
  return tool;
}

void read_openai_tool_use(Fields& where, std::string_view name, std::string_view word, ToolUse& use) {
  if (word == "auto") {
    use = ToolUse::automatic;
  } else if (word == "none") {
    use = ToolUse::none;
  } else if (word == "required" || word == "any") {
    use = ToolUse::required;
  } else {
    where.reject(name, std::format("'{}' must be none, auto, required or a function, but '{}' came.",
                                   where.path_of(name), shortened(word)));
  }
}

void check_openai_tool_choice(Fields& body, const Tooling& tooling) {
  if (!body.ok()) return;
  for (const std::string& name : tooling.allowed) {
    if (std::ranges::contains(tooling.tools, name, &Tool::name)) continue;
    return body.reject("tool_choice",
                       std::format("'tool_choice' names the function '{}', which 'tools' lacks.", shortened(name)));
  }
  if (tooling.tools.empty() && tooling.use == ToolUse::required) {
    body.reject("tool_choice", "'tool_choice' asks for a call, but there are no 'tools'.");
  }
}

void read_openai_schema(Fields& fields, AnswerFormat& out) {
  out.name = read_name(fields);
  fields.text("description");
  out.strict = fields.boolean("strict").value_or(false);
  const Json* schema = fields.object("schema");
  if (!schema) return fields.missing("schema");
  out.schema = to_json_text(*schema);
}

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
    bool came = fields.inside("json_schema", [&](Fields& inner) { read_openai_schema(inner, format); });
    if (!came) fields.missing("json_schema");
  } else if (fields.ok()) {
    fields.reject("type",
                  std::format("'{}' must be one of text, json_object and json_schema.", fields.path_of("type")));
  }
  fields.nothing_else();
  if (!fields.ok()) body.reject(fields.error());
}

}  // namespace entente::wire
