// POST /v1/messages and /v1/messages/count_tokens: Anthropic's dialect.
#include "wire/anthropic/messages.hpp"

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"

namespace entente::api {

Task<> create_message(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::MessagesRequest request, wire::decode_messages_request(body));
  body = {};

  wire::MessagesHead head{
      .id = make_id("msg", services.clock->now()), .model = request.chat.model, .thoughts = request.thoughts};
  if (request.stream) {
    wire::MessagesStream stream(std::move(head));
    co_return co_await answer_streamed(context, services, std::move(request.chat), stream);
  }
  wire::MessagesAnswer answer(std::move(head));
  co_return co_await answer_whole(context, services, std::move(request.chat), answer);
}

Task<> count_message_tokens(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(Chat chat, wire::decode_count_tokens_request(body));
  gateway::Asked asked = asked_by(context, std::move(chat));
  CO_TRY_ASSIGN(std::vector<std::int32_t> tokens, co_await services.gateway->tokens_of(asked));
  co_return co_await context.reply(json_response(wire::encode_token_count(std::ssize(tokens))));
}

}  // namespace entente::api
