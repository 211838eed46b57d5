#include "local/chat_template.hpp"

#include <format>
#include <mutex>

#include <minja/chat-template.hpp>

namespace entente::local {

struct ChatTemplate::Parsed {
  minja::chat_template minja;
  mutable std::mutex mutex;

  Parsed(const std::string& source, const std::string& bos, const std::string& eos) : minja(source, bos, eos) {}
};

ChatTemplate::ChatTemplate(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

Result<ChatTemplate> ChatTemplate::parse(const std::string& source, const std::string& bos, const std::string& eos) {
  try {
    return ChatTemplate(std::make_unique<Parsed>(source, bos, eos));
  } catch (const std::exception& failure) {
    return fail({.code = ErrorCode::unsupported,
                 .message = "The model's chat template cannot be read, so it cannot chat.",
                 .details = failure.what()});
  }
}

Result<std::string> ChatTemplate::render(const Conversation& conversation) const {
  auto messages = nlohmann::ordered_json::array();
  for (const Message& message : conversation) {
    // "developer" is OpenAI's newer word for "system"; models were trained on the older one.
    Role role = message.role == Role::developer ? Role::system : message.role;
    nlohmann::ordered_json json{{"role", std::string(to_string(role))}, {"content", text_of(message)}};
    if (!message.name.empty()) json["name"] = message.name;
    messages.push_back(std::move(json));
  }
  minja::chat_template_inputs inputs;
  inputs.messages = std::move(messages);
  inputs.add_generation_prompt = true;
  try {
    std::lock_guard lock(parsed_->mutex);
    return parsed_->minja.apply(inputs);
  } catch (const std::exception& failure) {
    // The first line is what the template's author wrote for the person; the rest is a place in the template.
    std::string_view said = failure.what();
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("The model's chat template refuses these messages: {}",
                                        said.substr(0, said.find('\n')).substr(0, 300)),
                 .param = "messages",
                 .details = {}});
  }
}

}  // namespace entente::local
