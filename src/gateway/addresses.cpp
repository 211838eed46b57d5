#include "gateway/addresses.hpp"

#include <algorithm>
#include <variant>

namespace entente::gateway {

namespace {

bool is_address(const Part& part) {
  const auto* image = std::get_if<ImagePart>(&part);
  return image && !image->url.empty();
}

}  // namespace

bool may_leave(const policy::Decision& decision) {
  return std::ranges::any_of(decision.chosen, [](const Deployment* one) { return one->provider != "local"; });
}

bool names_addresses(const Work& work) {
  if (const Chat* chat = conversation_in(work)) {
    return std::ranges::any_of(chat->conversation,
                               [](const Message& message) { return std::ranges::any_of(message.parts, is_address); });
  }
  if (const auto* moderate = std::get_if<Moderate>(&work)) {
    return std::ranges::any_of(moderate->inputs,
                               [](const auto& input) { return std::ranges::any_of(input, is_address); });
  }
  return false;
}

std::optional<Error> refusal_of_addresses(const Work& work, const policy::Decision& decision) {
  if (!may_leave(decision) || !names_addresses(work)) return std::nullopt;
  return Error{.code = ErrorCode::forbidden,
               .message =
                   "The request names a picture by its address, which whoever answers would fetch from elsewhere. "
                   "Send its bytes (data:image/…;base64,…), or have server.picture_addresses set.",
               .reason = "address_not_allowed"};
}

}  // namespace entente::gateway
