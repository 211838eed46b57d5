#include "wire/turns.hpp"

#include <variant>

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

Turns turns_of(const Conversation& conversation) {
  Turns out;
  for (const Message& message : conversation) {
    bool system = message.role == Role::system || message.role == Role::developer;
    for (const Part& part : message.parts) {
      auto* text = std::get_if<TextPart>(&part);
      if (text && text->text.find_first_not_of(" \t\r\n") == std::string::npos) continue;  // they refuse blank ones
      if (system) {
        if (text) out.system.push_back(text->text);
        continue;
      }
      bool assistant = message.role == Role::assistant;
      if (out.turns.empty() || out.turns.back().assistant != assistant) out.turns.push_back({assistant, {}});
      out.turns.back().parts.push_back(&part);
    }
  }
  return out;
}

std::string as_object(std::string_view arguments) {
  if (arguments.empty()) return "{}";
  auto parsed = parse_json(arguments);
  if (parsed && parsed->as<Json::Object>()) return std::string(arguments);
  std::string out;
  JsonWriter(out).begin_object().key("arguments").string(arguments).end_object();
  return out;
}

std::string_view name_of_call(const Conversation& conversation, std::string_view id) {
  std::string_view name;
  for (const Message& message : conversation) {
    for (const Part& part : message.parts) {
      if (auto* call = std::get_if<ToolCall>(&part); call && call->id == id) name = call->name;
    }
  }
  return name;
}

}  // namespace entente::wire
