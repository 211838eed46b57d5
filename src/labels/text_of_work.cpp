#include "labels/text_of_work.hpp"

#include <algorithm>

namespace entente::labels {

namespace {

using Look = const std::function<bool(std::string_view)>&;

template <class... Texts>
bool all_of(Look look, const Texts&... texts) {
  return ((texts.empty() || look(texts)) && ...);
}

bool texts_of(const TextPart& part, Look look) { return all_of(look, part.text); }
bool texts_of(const ImagePart& part, Look look) { return all_of(look, part.url); }
bool texts_of(const ReasoningPart& part, Look look) { return all_of(look, part.text); }
bool texts_of(const ToolCall& call, Look look) { return all_of(look, call.name, call.arguments); }
bool texts_of(const ToolResult& result, Look look) { return all_of(look, result.text); }

bool texts_of(const std::vector<Part>& parts, Look look) {
  return std::ranges::all_of(
      parts, [&](const Part& part) { return std::visit([&](const auto& one) { return texts_of(one, look); }, part); });
}

bool texts_of(const std::vector<std::string>& texts, Look look) {
  return std::ranges::all_of(texts, [&](const std::string& text) { return all_of(look, text); });
}

bool texts_of(const std::vector<TextOrTokens>& texts, Look look) {
  return std::ranges::all_of(texts, [&](const TextOrTokens& one) {
    const auto* text = std::get_if<std::string>(&one);
    return !text || all_of(look, *text);
  });
}

bool texts_of(const Chat& chat, Look look) {
  bool on = std::ranges::all_of(chat.conversation, [&](const Message& message) {
    return all_of(look, message.name) && texts_of(message.parts, look);
  });
  on = on && std::ranges::all_of(chat.tooling.tools, [&](const Tool& tool) {
         return all_of(look, tool.name, tool.description, tool.parameters);
       });
  on = on && all_of(look, chat.format.name, chat.format.schema, chat.end_user) && texts_of(chat.stop, look);
  return on && (!chat.passed || std::ranges::all_of(chat.passed->fields, [&](const PassedField& field) {
           return all_of(look, field.value);
         }));
}

bool texts_of(const Complete& work, Look look) {
  return texts_of(work.prompts, look) && all_of(look, work.suffix, work.end_user) && texts_of(work.stop, look);
}
bool texts_of(const Embed& work, Look look) { return texts_of(work.inputs, look) && all_of(look, work.end_user); }
bool texts_of(const Rerank& work, Look look) {
  return all_of(look, work.query, work.end_user) && texts_of(work.documents, look);
}
bool texts_of(const MakeImage& work, Look look) {
  return all_of(look, work.prompt, work.end_user) &&
         std::ranges::all_of(work.pictures, [&](const PictureFile& file) { return all_of(look, file.name); });
}
bool texts_of(const Transcribe& work, Look look) { return all_of(look, work.prompt, work.filename); }
bool texts_of(const Speak& work, Look look) { return all_of(look, work.text, work.instructions); }
bool texts_of(const Moderate& work, Look look) {
  return std::ranges::all_of(work.inputs, [&](const std::vector<Part>& input) { return texts_of(input, look); });
}
bool texts_of(const CountTokens& work, Look look) { return texts_of(work.chat, look); }

bool unread(const std::vector<Part>& parts) {
  return std::ranges::any_of(parts, [](const Part& part) {
    const auto* thought = std::get_if<ReasoningPart>(&part);
    return std::holds_alternative<ImagePart>(part) || (thought && thought->sealed);
  });
}

bool unread(const std::vector<TextOrTokens>& texts) {
  return std::ranges::any_of(texts, [](const TextOrTokens& one) { return !std::holds_alternative<std::string>(one); });
}

bool unread(const Chat& chat) {
  return std::ranges::any_of(chat.conversation, [](const Message& message) { return unread(message.parts); });
}
bool unread(const Complete& work) { return unread(work.prompts); }
bool unread(const Embed& work) { return unread(work.inputs); }
bool unread(const Rerank&) { return false; }
bool unread(const MakeImage& work) { return !work.pictures.empty() || work.mask; }
bool unread(const Transcribe&) { return true; }
bool unread(const Speak&) { return false; }
bool unread(const Moderate& work) {
  return std::ranges::any_of(work.inputs, [](const std::vector<Part>& input) { return unread(input); });
}
bool unread(const CountTokens& work) { return unread(work.chat); }

}  // namespace

void for_each_text(const Work& work, const std::function<bool(std::string_view)>& look) {
  std::visit([&](const auto& kind) { texts_of(kind, look); }, work);
}

bool holds_more_than_text(const Work& work) {
  return std::visit([](const auto& kind) { return unread(kind); }, work);
}

}  // namespace entente::labels
