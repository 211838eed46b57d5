#include "domain/work.hpp"

#include <algorithm>

namespace entente {

std::string_view to_string(ReasoningEffort effort) {
  switch (effort) {
    case ReasoningEffort::none: return "none";
    case ReasoningEffort::minimal: return "minimal";
    case ReasoningEffort::low: return "low";
    case ReasoningEffort::medium: return "medium";
    case ReasoningEffort::high: return "high";
  }
  return "medium";
}

namespace {
bool has_image(const Message& message) {
  return std::ranges::any_of(message.parts, [](const Part& part) { return std::holds_alternative<ImagePart>(part); });
}

Envelope envelope_of(const Chat& chat) {
  std::uint64_t bytes = bytes_of(chat.conversation) + chat.format.schema.size();
  for (const Tool& tool : chat.tooling.tools) {
    bytes += tool.name.size() + tool.description.size() + tool.parameters.size();
  }
  bool tools = chat.tooling.may_call();
  bool strict_tool = tools && std::ranges::any_of(chat.tooling.tools, &Tool::strict);
  return {.model = chat.model,
          .kind = "chat",
          .prompt_bytes = bytes,
          .needs = {.tools = tools,
                    .schema = strict_tool || chat.format.kind != AnswerFormat::Kind::text,
                    .vision = std::ranges::any_of(chat.conversation, has_image)},
          .choices = chat.choices,
          .max_tokens = chat.max_tokens,
          .labels = {}};
}
}  // namespace

Envelope envelope_of(const Work& work) {
  return std::visit([](const auto& kind) { return envelope_of(kind); }, work);
}

}  // namespace entente
