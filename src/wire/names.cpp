#include "wire/names.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_tools = 512;

bool good_name(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

std::string read_optional_model_name(Fields& body, std::string_view from_path) {
  std::string name = body.text("model").value_or("");
  return from_path.empty() ? name : std::string(from_path);
}

std::string read_model_name(Fields& body, std::string_view from_path) {
  std::string name = read_optional_model_name(body, from_path);
  if (body.ok() && name.empty()) {
    body.reject("model", "'model' is missing. GET /v1/models lists the models you may use.",
                "missing_required_parameter");
  }
  return name;
}

std::string read_name(Fields& fields, std::string_view name, std::size_t most) {
  std::string value = fields.text(name).value_or("");
  if (fields.ok() && !good_name(value, most)) {
    fields.reject(name, std::format("'{}' must have 1 to {} letters, digits, _ or -{}.", fields.path_of(name), most,
                                    value.empty() ? "" : std::format(", but '{}' came", shortened(value))));
  }
  return value;
}

void check_tool_names(Fields& body, const std::vector<Tool>& tools) {
  if (tools.size() > most_tools) {
    return body.reject("tools", std::format("'tools' holds at most {} tools.", most_tools));
  }
  std::vector<std::string_view> names;
  names.reserve(tools.size());
  for (const Tool& tool : tools) names.push_back(tool.name);
  std::ranges::sort(names);
  if (auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    body.reject("tools", std::format("'tools' holds two functions named '{}'.", *twice));
  }
}

}  // namespace entente::wire
