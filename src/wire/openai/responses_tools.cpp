// Tools of OpenAI's Responses dialect.
#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/responses_parts.hpp"

namespace entente::wire {

namespace {

// A text of its own as the one argument. What its grammar asks for is told to the model: it is not held to it.
Tool read_custom(Fields& fields) {
  Tool tool{.name = read_name(fields), .description = fields.text("description").value_or(""), .parameters = {}};
  tool.parameters = std::format(
      R"({{"type":"object","properties":{{"{}":{{"type":"string"}}}},"required":["{}"],"additionalProperties":false}})",
      custom_input, custom_input);
  fields.inside("format", [&](Fields& format) {
    if (format.required_text("type") != "grammar") return;
    format.text("syntax");
    tool.description += "\nThe input follows this grammar:\n" + format.required_text("definition");
  });
  return tool;
}

bool searches_the_web(std::string_view type) { return type.starts_with("web_search"); }

void read_tool(Fields& fields, ResponsesRequest& request, bool& left_out) {
  std::string type = fields.required_text("type");
  if (!fields.ok()) return;
  std::vector<Tool>& tools = request.chat.tooling.tools;
  if (type == "function") {
    fields.any("defer_loading");
    fields.any("allowed_callers");
    fields.any("output_schema");
    tools.push_back(read_openai_function(fields));
  } else if (type == "custom") {
    fields.any("defer_loading");
    fields.any("allowed_callers");
    tools.push_back(read_custom(fields));
    request.custom.insert(tools.back().name);
  } else if (searches_the_web(type)) {
    left_out = true;
    for (std::string_view name : {"filters", "user_location", "search_context_size", "external_web_access",
                                  "search_content_types", "indexed_web_access", "return_token_budget"}) {
      fields.any(name);
    }
  } else {
    fields.reject("type",
                  std::format("'{}' is '{}', a tool of OpenAI's own servers. Only 'function' and 'custom' are "
                              "supported here.",
                              fields.path_of("type"), shortened(type)),
                  "unsupported_value");
  }
}

void read_choice(Fields& choice, Tooling& tooling) {
  std::string type = choice.required_text("type");
  if (type == "function" || type == "custom") {
    tooling.use = ToolUse::required;
    tooling.allowed = {choice.required_text("name")};
  } else if (type == "allowed_tools") {
    read_openai_tool_use(choice, "mode", choice.text("mode").value_or("auto"), tooling.use);
    choice.each("tools", [&](Fields& tool) {
      tool.text("type");
      tooling.allowed.push_back(tool.required_text("name"));
    });
  } else if (choice.ok()) {
    choice.reject("type",
                  std::format("'{}' must be one of function, custom and allowed_tools.", choice.path_of("type")),
                  "unsupported_value");
  }
}

}  // namespace

std::string read_response_tooling(Fields& body, ResponsesRequest& request) {
  Tooling& tooling = request.chat.tooling;
  std::string in_force;
  JsonWriter json(in_force);
  json.begin_array();
  std::size_t index = 0;
  const Json::Array* list = body.array("tools");
  body.each("tools", [&](Fields& tool) {
    bool left_out = false;
    read_tool(tool, request, left_out);
    if (!left_out) json.raw(to_json_text((*list)[index]));
    ++index;
  });
  json.end_array();
  if (body.ok()) check_tool_names(body, tooling.tools);
  tooling.parallel = body.boolean("parallel_tool_calls").value_or(true);
  const Json* choice = body.any("tool_choice");
  if (!choice || !body.ok()) return in_force;
  if (auto* word = choice->as<std::string>()) {
    read_openai_tool_use(body, "tool_choice", *word, tooling.use);
  } else {
    body.inside("tool_choice", [&](Fields& fields) { read_choice(fields, tooling); });
  }
  check_openai_tool_choice(body, tooling);
  return in_force;
}

}  // namespace entente::wire
