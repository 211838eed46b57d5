// /v1/responses and what lies under it: OpenAI's Responses dialect.
#include "wire/openai/responses.hpp"

#include <format>

#include "api/answer.hpp"
#include "api/kept_responses.hpp"
#include "api/pages.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"

namespace entente::api {

namespace {

Error nothing_is_kept(std::string_view what, std::string param) {
  return {
      .code = ErrorCode::invalid_request,
      .message = std::format("{} needs answers that are kept, and this server keeps none. Set responses.keep to keep "
                             "them, or send the whole conversation.",
                             what),
      .reason = "unsupported_value",
      .param = std::move(param)};
}

Error not_there(std::string_view id, std::string param = {}) {
  return {
      .code = ErrorCode::not_found,
      .message = std::format("The response '{}' is not here: it was not stored, or its time is over.", shortened(id)),
      .reason = "response_not_found",
      .param = std::move(param)};
}

// The conversation that a response goes on from stands before its input, behind its own instructions.
Result<> go_on_from_previous(wire::ResponsesRequest& request, KeptResponses& kept, const Principal& whose) {
  Conversation& conversation = request.chat.conversation;
  if (!request.previous.empty()) {
    if (!kept.keeps()) return fail(nothing_is_kept("'previous_response_id'", "previous_response_id"));
    auto previous = kept.find(request.previous, whose);
    if (!previous) return fail(not_there(request.previous, "previous_response_id"));
    conversation.insert(conversation.begin() + (request.instructed ? 1 : 0), previous->conversation.begin(),
                        previous->conversation.end());
  }
  return wire::check_response_outputs(conversation);
}

Task<> count_input_tokens(Context& context, const Services& services) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  CO_TRY(go_on_from_previous(request, *services.kept_responses, context.principal));
  gateway::Asked asked = asked_by(context, std::move(request.chat));
  CO_TRY_ASSIGN(std::vector<std::int32_t> tokens, co_await services.gateway->tokens_of(asked));
  co_return co_await context.reply(json_response(wire::encode_input_tokens(std::ssize(tokens))));
}

}  // namespace

Task<> create_response(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  std::string().swap(body);  // = {} would keep its memory
  KeptResponses& kept = *services.kept_responses;
  if (request.store.value_or(false) && !kept.keeps()) co_return fail(nothing_is_kept("'store'", "store"));
  CO_TRY(go_on_from_previous(request, kept, context.principal));

  bool store = kept.keeps() && request.store.value_or(true);
  if (store) {
    // Whoever says nothing gets what the policies allow; whoever says `store` is told that they do not.
    gateway::Asked about =
        asked_by(context, Work(Chat{.model = request.chat.model, .end_user = request.chat.end_user}));
    Result<> allowed = services.gateway->may_keep(about);
    if (!allowed && (request.store || allowed.error().code != ErrorCode::forbidden)) co_return allowed;
    store = allowed.has_value();
  }
  Instant now = services.clock->now();
  wire::ResponsesHead head{.id = make_id("resp", now),
                           .created = unix_seconds(now),
                           .model = request.chat.model,
                           .store = store,
                           .custom = std::move(request.custom),
                           .spaced = std::move(request.spaced),
                           .repeated = std::move(request.repeated)};
  std::string id = head.id;
  KeptResponse keep;
  if (store) {
    head.expires = unix_seconds(kept.until());
    keep.input = std::move(request.input);
    auto begin = request.chat.conversation.begin() + (request.instructed ? 1 : 0);
    keep.conversation.assign(begin, request.chat.conversation.end());
  }
  auto keep_answer = [&](const auto& answer) {
    if (!store) return;
    Conversation said = answer.items().conversation();
    keep.conversation.insert(keep.conversation.end(), said.begin(), said.end());
    keep.body = answer.body();
    kept.keep(id, context.principal, std::move(keep));
  };
  if (request.stream) {
    wire::ResponsesStream stream(std::move(head));
    co_return co_await answer_streamed(context, services, shared(std::move(request.chat)), stream,
                                       [&] { keep_answer(stream); });
  }
  wire::ResponsesAnswer answer(std::move(head));
  co_return co_await answer_whole(context, services, shared(std::move(request.chat)), answer,
                                  [&] { keep_answer(answer); });
}

Task<> show_response(Context& context, const Services& services, std::string_view rest) {
  std::string_view id = rest.substr(0, rest.find('/'));
  bool items = rest.ends_with("/input_items") && rest.size() == id.size() + 12;
  if (rest.size() != id.size() && !items) co_return fail(not_there(rest));
  auto kept = services.kept_responses->find(id, context.principal);
  if (!kept) co_return fail(not_there(id));
  if (!items) co_return co_await context.reply(json_response(kept->body));
  std::vector<wire::InputItem> list(kept->input.rbegin(), kept->input.rend());
  CO_TRY_ASSIGN(bool more, cut_to_page(context.request(), 100, list));
  co_return co_await context.reply(json_response(wire::encode_input_items(list, more)));
}

Task<> act_on_response(Context& context, const Services& services, std::string_view rest) {
  if (rest == "input_tokens") co_return co_await count_input_tokens(context, services);
  std::string_view id = rest.substr(0, rest.find('/'));
  bool known = services.kept_responses->find(id, context.principal) != nullptr;
  if (!known || rest != std::format("{}/cancel", id)) co_return fail(not_there(rest));
  co_return fail({.code = ErrorCode::invalid_request,
                  .message = "Only a response that is made in the background can be cancelled; leaving ends this one.",
                  .reason = "response_not_in_background"});
}

Task<> delete_response(Context& context, const Services& services, std::string_view id) {
  if (!services.kept_responses->remove(id, context.principal)) co_return fail(not_there(id));
  co_return co_await context.reply(json_response(wire::encode_response_deleted(id)));
}

}  // namespace entente::api
