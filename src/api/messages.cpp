// POST /v1/messages and /v1/messages/count_tokens: Anthropic's dialect.
#include "wire/anthropic/messages.hpp"

#include "api/answer.hpp"
#include "api/read_work.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"
#include "wire/token_count.hpp"

namespace entente::api {

Result<ReadWork> read_message(std::string_view body, const std::string&, Instant now) {
  TRY_ASSIGN(wire::MessagesRequest request, wire::decode_messages_request(body));
  wire::MessagesHead head{.id = make_id("msg", now), .model = request.chat.model, .thoughts = request.thoughts};
  ReadWork read{.work = std::make_shared<Work>(std::move(request.chat)), .streamed = {}, .whole = {}};
  if (request.stream) {
    read.streamed = std::make_unique<wire::MessagesStream>(std::move(head));
  } else {
    read.whole = std::make_unique<wire::MessagesAnswer>(std::move(head));
  }
  return read;
}

Task<> create_message(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_message);
}

Task<> count_message_tokens(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(Chat chat, wire::decode_count_tokens_request(body));
  wire::TokenCountAnswer answer(wire::encode_token_count);
  co_return co_await answer_whole(context, services, shared(CountTokens{std::move(chat)}), answer);
}

}  // namespace entente::api
