#include "domain/work.hpp"

namespace entente {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::developer: return "developer";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
  }
  return "user";
}

namespace {
Envelope envelope_of(const Chat& chat) {
  std::uint64_t bytes = 0;
  for (const Message& message : chat.conversation) bytes += message.text.size();
  return {.model = chat.model,
          .kind = "chat",
          .prompt_bytes = bytes,
          .choices = chat.choices,
          .max_tokens = chat.max_tokens,
          .labels = {}};
}
}  // namespace

Envelope envelope_of(const Work& work) {
  return std::visit([](const auto& kind) { return envelope_of(kind); }, work);
}

}  // namespace entente
