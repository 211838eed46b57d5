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
  if (chat.passed) {
    for (const PassedField& field : chat.passed->fields) bytes += field.value.size();
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

// Of work that is measured in other things than the tokens of a prompt and an answer.
Envelope envelope_of(std::string kind, const std::string& model, std::uint64_t bytes, Needs needs) {
  return {.model = model,
          .kind = std::move(kind),
          .prompt_bytes = bytes,
          .needs = needs,
          .choices = 1,
          .max_tokens = std::nullopt,
          .labels = {},
          .subject = {},
          .policies = {}};
}

Envelope envelope_of(const MakeImage& work) {
  constexpr std::uint64_t bytes_of_a_picture = 4096;  // as in a conversation
  std::string_view kind = work.from == MakeFrom::words      ? "image_generation"
                          : work.from == MakeFrom::pictures ? "image_edit"
                                                            : "image_variation";
  std::uint64_t bytes = work.prompt.size() + bytes_of_a_picture * (work.pictures.size() + (work.mask ? 1 : 0));
  Envelope envelope = envelope_of(std::string(kind), work.model, bytes, {.images = true});
  envelope.choices = work.count;
  envelope.subject = work.end_user;
  return envelope;
}

Envelope envelope_of(const Transcribe& work) {
  // A second of speech is about ten tokens, as many as forty bytes of text have, and 8 kB of a file.
  constexpr std::uint64_t sound_of_a_byte_of_text = 200;
  std::uint64_t bytes = work.prompt.size() + work.audio.size() / sound_of_a_byte_of_text;
  return envelope_of(work.to_english ? "translation" : "transcription", work.model, bytes, {.transcription = true});
}

Envelope envelope_of(const Speak& work) {
  return envelope_of("speech", work.model, work.text.size() + work.instructions.size(), {.speech = true});
}

Envelope envelope_of(const Moderate& work) {
  std::uint64_t bytes = 0;
  for (const std::vector<Part>& input : work.inputs) bytes += bytes_of(Message{.parts = input, .name = {}});
  Envelope envelope = envelope_of("moderation", work.model, bytes, {.moderation = true});
  envelope.max_tokens = 0;
  return envelope;
}

// Of any length, and at no price: whether it fits a context, and what it would cost, is what the client wants to know.
Envelope envelope_of(const CountTokens& work) {
  Envelope envelope = envelope_of(work.chat);
  envelope.kind = "count_tokens";
  envelope.prompt_bytes = 0;
  envelope.choices = 1;
  envelope.max_tokens = 0;
  return envelope;
}

}  // namespace

std::string& model_of(Work& work) {
  auto of = [](auto& kind) -> std::string& {
    if constexpr (requires { kind.chat; }) {
      return kind.chat.model;
    } else {
      return kind.model;
    }
  };
  return std::visit(of, work);
}

const Chat* conversation_in(const Work& work) {
  if (const auto* count = std::get_if<CountTokens>(&work)) return &count->chat;
  return std::get_if<Chat>(&work);
}

Envelope envelope_of(const Work& work) {
  return std::visit([](const auto& kind) { return envelope_of(kind); }, work);
}

}  // namespace entente
