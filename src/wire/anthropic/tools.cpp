// Tools and tool_choice of Anthropic's Messages dialect.
#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "wire/anthropic/parts.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t longest_name = 128;

// They say when and how a maker's own servers show a tool to the model, and change no call.
constexpr std::string_view hints[] = {"cache_control", "eager_input_streaming", "defer_loading", "allowed_callers",
                                      "input_examples"};

void read_tool(Fields& fields, std::vector<Tool>& tools) {
  std::string type = fields.text("type").value_or("custom");
  if (fields.ok() && type != "custom") {
    return fields.reject("type",
                         std::format("'{}' is '{}', a tool of Anthropic's own. Describe it as a tool with an "
                                     "'input_schema' of your own.",
                                     fields.path_of("type"), shortened(type)),
                         "unsupported_value");
  }
  Tool tool{.name = read_name(fields, "name", longest_name), .description = {}, .parameters = {}};
  tool.description = fields.text("description").value_or("");
  tool.strict = fields.boolean("strict").value_or(false);
  const Json* schema = fields.object("input_schema");
  if (!schema) return fields.missing("input_schema");
  tool.parameters = to_json_text(*schema);
  fields.accept(hints);
  tools.push_back(std::move(tool));
}

void read_choice(Fields& choice, Tooling& tooling) {
  std::string type = choice.required_text("type");
  tooling.parallel = !choice.boolean("disable_parallel_tool_use").value_or(false);
  if (!choice.ok()) return;
  if (type == "auto") {
    tooling.use = ToolUse::automatic;
  } else if (type == "none") {
    tooling.use = ToolUse::none;
  } else if (type == "any") {
    tooling.use = ToolUse::required;
  } else if (type == "tool") {
    tooling.use = ToolUse::required;
    tooling.allowed = {choice.required_text("name")};
    if (choice.ok() && !std::ranges::contains(tooling.tools, tooling.allowed[0], &Tool::name)) {
      choice.reject("name", std::format("'{}' names the tool '{}', which 'tools' lacks.", choice.path_of("name"),
                                        shortened(tooling.allowed[0])));
    }
  } else {
    choice.reject("type", std::format("'{}' must be one of auto, any, tool and none, but '{}' came.",
                                      choice.path_of("type"), shortened(type)));
  }
}

}  // namespace

void read_anthropic_tooling(Fields& body, Tooling& tooling) {
  body.each("tools", [&](Fields& tool) { read_tool(tool, tooling.tools); });
  check_tool_names(body, tooling.tools);
  body.inside("tool_choice", [&](Fields& choice) { read_choice(choice, tooling); });
  if (body.ok() && tooling.tools.empty() && tooling.use == ToolUse::required) {
    body.reject("tool_choice", "'tool_choice' asks for a call, but there are no 'tools'.");
  }
}

}  // namespace entente::wire
