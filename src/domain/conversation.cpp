#include "domain/conversation.hpp"

namespace entente {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::developer: return "developer";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

Message said(Role role, std::string text) { return {.role = role, .parts = {TextPart{std::move(text)}}, .name = {}}; }

std::string text_of(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (auto* piece = std::get_if<TextPart>(&part)) text += piece->text;
  }
  return text;
}

namespace {
constexpr std::uint64_t usual_picture = 4096;

struct Size {
  std::uint64_t operator()(const TextPart& part) const { return part.text.size(); }
  std::uint64_t operator()(const ImagePart&) const { return usual_picture; }
  std::uint64_t operator()(const ReasoningPart& part) const { return part.text.size(); }
  std::uint64_t operator()(const ToolCall& part) const { return part.name.size() + part.arguments.size(); }
  std::uint64_t operator()(const ToolResult& part) const { return part.text.size(); }
};
}  // namespace

std::uint64_t bytes_of(const Message& message) {
  std::uint64_t bytes = 0;
  for (const Part& part : message.parts) bytes += std::visit(Size{}, part);
  return bytes;
}

std::uint64_t bytes_of(const Conversation& conversation) {
  std::uint64_t bytes = 0;
  for (const Message& message : conversation) bytes += bytes_of(message);
  return bytes;
}

std::uint64_t bytes_of_text(const Conversation& conversation) {
  std::uint64_t bytes = bytes_of(conversation);
  for (const Message& message : conversation) {
    for (const Part& part : message.parts) bytes -= std::holds_alternative<ImagePart>(part) ? usual_picture : 0;
  }
  return bytes;
}

}  // namespace entente
