// Tools of OpenAI's Responses dialect.
#include <algorithm>
#include <format>
#include <utility>

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

// Every tool is told to the model from the start, so there is none to search for.
bool searches_tools(std::string_view type) { return type.starts_with("tool_search"); }

// A function, or a custom tool.
Tool read_callable(Fields& fields, std::string_view type) {
  for (std::string_view name : {"defer_loading", "allowed_callers"}) fields.any(name);
  if (type == "custom") return read_custom(fields);
  fields.any("output_schema");
  return read_openai_function(fields);
}

void add_tool(Tool tool, std::string_view type, ResponsesRequest& request) {
  if (type == "custom") request.custom.insert(tool.name);
  request.chat.tooling.tools.push_back(std::move(tool));
}

// {"type":"namespace","name":…,"description":…,"tools":[…]}: what the group is for stands before what each tool does.
void read_namespace(Fields& fields, ResponsesRequest& request) {
  std::string space = read_name(fields), about = fields.text("description").value_or("");
  fields.any("defer_loading");
  bool came = fields.each("tools", [&](Fields& inner) {
    std::string type = inner.text("type").value_or("");
    if (type != "function" && type != "custom") {
      return inner.reject("type", std::format("'{}' must be 'function' or 'custom'.", inner.path_of("type")),
                          "unsupported_value");
    }
    Tool tool = read_callable(inner, type);
    std::string name = std::exchange(tool.name, joined_name(space, tool.name));
    if (!about.empty()) tool.description = about + "\n" + tool.description;
    request.spaced[tool.name] = {.space = space, .name = std::move(name)};
    add_tool(std::move(tool), type, request);
  });
  if (!came) fields.missing("tools");
}

void read_tool(Fields& fields, ResponsesRequest& request, bool& left_out) {
  std::string type = fields.required_text("type");
  if (!fields.ok()) return;
  if (type == "function" || type == "custom") {
    add_tool(read_callable(fields, type), type, request);
  } else if (type == "namespace") {
    read_namespace(fields, request);
  } else if (searches_tools(type)) {
    left_out = true;
    for (std::string_view name : {"execution", "description", "parameters"}) fields.any(name);
  } else if (searches_the_web(type)) {
    left_out = true;
    for (std::string_view name : {"filters", "user_location", "search_context_size", "external_web_access",
                                  "search_content_types", "indexed_web_access", "return_token_budget"}) {
      fields.any(name);
    }
  } else {
    fields.reject("type",
                  std::format("'{}' is '{}', a tool of OpenAI's own servers. Only 'function', 'custom' and "
                              "'namespace' are supported here.",
                              fields.path_of("type"), shortened(type)),
                  "unsupported_value");
  }
}

// The tool, or the tools of the namespace, that a choice names.
void read_chosen(Fields& choice, std::string_view type, const ResponsesRequest& request,
                 std::vector<std::string>& allowed) {
  std::string name = choice.required_text("name"), space = choice.text("namespace").value_or("");
  if (!choice.ok()) return;
  auto is_meant = [&](const auto& spaced) {
    return type == "namespace" ? spaced.second.space == name
                               : spaced.second.name == name && (space.empty() || spaced.second.space == space);
  };
  bool plain =
      type != "namespace" && space.empty() && std::ranges::contains(request.chat.tooling.tools, name, &Tool::name);
  std::size_t before = allowed.size();
  for (const auto& each : request.spaced) {
    if (!plain && is_meant(each)) allowed.push_back(each.first);
  }
  if (allowed.size() == before) allowed.push_back(std::move(name));
}

void read_choice(Fields& choice, ResponsesRequest& request) {
  Tooling& tooling = request.chat.tooling;
  std::string type = choice.required_text("type");
  if (type == "function" || type == "custom" || type == "namespace") {
    tooling.use = ToolUse::required;
    read_chosen(choice, type, request, tooling.allowed);
  } else if (type == "allowed_tools") {
    read_openai_tool_use(choice, "mode", choice.text("mode").value_or("auto"), tooling.use);
    choice.each("tools",
                [&](Fields& tool) { read_chosen(tool, tool.text("type").value_or(""), request, tooling.allowed); });
  } else if (choice.ok()) {
    choice.reject(
        "type",
        std::format("'{}' must be one of function, custom, namespace and allowed_tools.", choice.path_of("type")),
        "unsupported_value");
  }
}

}  // namespace

std::string joined_name(std::string_view space, std::string_view name) {
  constexpr std::size_t most = 64;  // letters that every maker takes
  constexpr std::string_view between = "__";
  if (space.empty() || name.size() + between.size() >= most) return std::string(name);
  return std::format("{}{}{}", space.substr(0, most - between.size() - name.size()), between, name);
}

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
    body.inside("tool_choice", [&](Fields& fields) { read_choice(fields, request); });
  }
  check_openai_tool_choice(body, tooling);
  return in_force;
}

}  // namespace entente::wire
