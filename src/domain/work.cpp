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
          .labels = {},
          .subject = chat.end_user,
          .policies = {},
          .session = chat.session.empty() ? chat.end_user : chat.session,
          .preferences = chat.preferences};
}
std::uint64_t bytes_of(const std::vector<TextOrTokens>& texts) {
  std::uint64_t bytes = 0;
  for (const TextOrTokens& text : texts) {
    std::visit([&](const auto& one) { bytes += one.size() * sizeof(one[0]); }, text);
  }
  return bytes;
}

Envelope envelope_of(const Complete& work) {
  return {.model = work.model,
          .kind = "text_completion",
          .prompt_bytes = bytes_of(work.prompts) + work.suffix.size(),
          .needs = {},
          .choices = work.choices * static_cast<std::uint32_t>(work.prompts.size()),
          .max_tokens = work.max_tokens,
          .labels = {},
          .subject = work.end_user,
          .policies = {},
          .session = work.end_user,
          .preferences = nullptr};
}

Envelope envelope_of(const Embed& work) {
  return {.model = work.model,
          .kind = "embeddings",
          .prompt_bytes = bytes_of(work.inputs),
          .needs = {},
          .choices = 1,
          .max_tokens = 0,
          .labels = {},
          .subject = work.end_user,
          .policies = {},
          .session = {},
          .preferences = nullptr};
}

Envelope envelope_of(const Rerank& work) {
  std::uint64_t bytes = work.query.size();
  for (const std::string& document : work.documents) bytes += document.size();
  return {.model = work.model,
          .kind = "rerank",
          .prompt_bytes = bytes,
          .needs = {},
          .choices = 1,
          .max_tokens = 0,
          .labels = {},
          .subject = work.end_user,
          .policies = {}};
}

}  // namespace

Envelope envelope_of(const Work& work) {
  return std::visit([](const auto& kind) { return envelope_of(kind); }, work);
}

}  // namespace entente
