#include <format>
#include <sstream>

#include <toml++/toml.hpp>

#include "config/node.hpp"

namespace entente::config {

std::string_view Node::kind() const {
  constexpr std::string_view names[] = {"a boolean", "an integer", "a number", "a string", "an array", "a table"};
  return names[value.index()];
}

namespace {

Node convert(const toml::node& node) {
  Node out{.value = false, .place = {node.source().begin.line, node.source().begin.column}};
  node.visit([&](const auto& n) {
    using Type = std::decay_t<decltype(n)>;
    if constexpr (std::is_same_v<Type, toml::table>) {
      Node::Table table;
      for (const auto& [key, member] : n) {
        Node child = convert(member);
        // For a key, its own place says more than its value's.
        child.place = {key.source().begin.line, key.source().begin.column};
        table.emplace_back(std::string(key.str()), std::move(child));
      }
      out.value = std::move(table);
    } else if constexpr (std::is_same_v<Type, toml::array>) {
      Node::Array array;
      for (const auto& item : n) array.push_back(convert(item));
      out.value = std::move(array);
    } else if constexpr (toml::is_date<Type> || toml::is_time<Type> || toml::is_date_time<Type>) {
      std::ostringstream text;  // dates are kept as they are written
      text << n;
      out.value = text.str();
    } else {
      out.value = n.get();
    }
  });
  return out;
}

}  // namespace

Result<Node> read_toml(std::string_view text, std::string_view file_name) {
  try {
    return convert(toml::parse(text, file_name));
  } catch (const toml::parse_error& error) {
    auto at = error.source().begin;
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("{}:{}:{}: {}.", file_name, at.line, at.column, error.description()),
                 .reason = "invalid_config"});
  }
}

}  // namespace entente::config
