// /v1/responses and what lies under it: OpenAI's Responses dialect.
#include "wire/openai/responses.hpp"

#include <algorithm>
#include <format>
#include <iterator>

#include "api/answer.hpp"
#include "api/kept_responses.hpp"
#include "api/pages.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "wire/token_count.hpp"

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

// The conversation that a response goes on from stands before its input, behind its own instructions.
Task<> go_on_from_previous(wire::ResponsesRequest& request, KeptResponses& kept, const Principal& whose) {
  Conversation& conversation = request.chat.conversation;
  if (!request.previous.empty()) {
    if (!kept.keeps()) co_return fail(nothing_is_kept("'previous_response_id'", "previous_response_id"));
    Result<Conversation> previous = co_await kept.conversation(request.previous, whose);
    if (!previous) {
      if (previous.error().code == ErrorCode::not_found) previous.error().param = "previous_response_id";
      co_return fail(std::move(previous.error()));
    }
    conversation.insert(conversation.begin() + (request.instructed ? 1 : 0), std::make_move_iterator(previous->begin()),
                        std::make_move_iterator(previous->end()));
  }
  co_return wire::check_response_outputs(conversation);
}

// Whether what is asked for is kept. Whoever says nothing gets what policies and room allow; whoever says `store` is
// told that they do not.
Result<bool> to_be_stored(const Context& context, const Services& services, const wire::ResponsesRequest& request,
                          std::uint64_t bytes) {
  const KeptResponses& kept = *services.kept_responses;
  if (!kept.keeps() || !request.store.value_or(true)) return false;
  gateway::Asked about = asked_by(context, Work(Chat{.model = request.chat.model, .end_user = request.chat.end_user}));
  if (Result<> allowed = services.gateway->may_keep(about); !allowed) {
    if (request.store || allowed.error().code != ErrorCode::forbidden) return fail(std::move(allowed.error()));
    return false;
  }
  if (kept.has_room_for(bytes)) return true;
  if (!request.store) return false;
  return fail({.code = ErrorCode::invalid_request,
               .message = "The request alone takes more room than this server allows all kept answers "
                          "(responses.room). Send less, or ask with \"store\": false.",
               .reason = "unsupported_value",
               .param = "store"});
}

// What is kept of a response when it has come to its end.
struct ToKeep {
  std::string id;
  Subject subject;
  Instant until{};
  std::vector<wire::InputItem> input;
  Conversation conversation;
};

Task<> count_input_tokens(Context& context, const Services& services) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  CO_TRY(co_await go_on_from_previous(request, *services.kept_responses, context.principal));
  wire::TokenCountAnswer answer(wire::encode_input_tokens);
  co_return co_await answer_whole(context, services, shared(CountTokens{std::move(request.chat)}), answer);
}

}  // namespace

Task<> create_response(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  std::uint64_t bytes = body.size();
  std::string().swap(body);  // = {} would keep its memory
  KeptResponses& kept = *services.kept_responses;
  if (request.store.value_or(false) && !kept.keeps()) co_return fail(nothing_is_kept("'store'", "store"));
  CO_TRY(co_await go_on_from_previous(request, kept, context.principal));

  CO_TRY_ASSIGN(bool store, to_be_stored(context, services, request, bytes));
  Instant now = services.clock->now();
  wire::ResponsesHead head{.id = make_id("resp", now),
                           .created = unix_seconds(now),
                           .model = request.chat.model,
                           .store = store,
                           .custom = std::move(request.custom),
                           .spaced = std::move(request.spaced),
                           .repeated = std::move(request.repeated)};
  ToKeep keep;
  if (store) {
    auto begin = request.chat.conversation.begin() + (request.instructed ? 1 : 0);
    keep = {.id = head.id,
            .subject = subject_of(context.principal, request.chat.end_user),
            .until = kept.until(),
            .input = std::move(request.input),
            .conversation = Conversation(begin, request.chat.conversation.end())};
    head.expires = unix_seconds(keep.until);
  }
  auto keep_answer = [&](const auto& answer) {
    Conversation said = answer.items().conversation();
    keep.conversation.insert(keep.conversation.end(), said.begin(), said.end());
    return kept.keep(keep.id, context.principal, context.id(), keep.subject, keep.until, answer.body(), keep.input,
                     keep.conversation);
  };
  if (request.stream) {
    wire::ResponsesStream stream(std::move(head));
    KeepAnswer kept_first = [&] { return keep_answer(stream); };
    co_return co_await answer_streamed(context, services, shared(std::move(request.chat)), stream,
                                       store ? std::move(kept_first) : nullptr);
  }
  wire::ResponsesAnswer answer(std::move(head));
  KeepAnswer kept_first = [&] { return keep_answer(answer); };
  co_return co_await answer_whole(context, services, shared(std::move(request.chat)), answer,
                                  store ? std::move(kept_first) : nullptr);
}

Task<> show_response(Context& context, const Services& services, std::string_view rest) {
  std::string_view id = rest.substr(0, rest.find('/'));
  bool items = rest.ends_with("/input_items") && rest.size() == id.size() + 12;
  if (rest.size() != id.size() && !items) co_return fail(response_not_there(rest));
  KeptResponses& kept = *services.kept_responses;
  if (!items) {
    CO_TRY_ASSIGN(std::string body, co_await kept.body(id, context.principal));
    co_return co_await context.reply(json_response(std::move(body)));
  }
  CO_TRY_ASSIGN(std::vector<wire::InputItem> list, co_await kept.input(id, context.principal));
  std::ranges::reverse(list);
  CO_TRY_ASSIGN(bool more, cut_to_page(context.request(), 100, list));
  co_return co_await context.reply(json_response(wire::encode_input_items(list, more)));
}

Task<> act_on_response(Context& context, const Services& services, std::string_view rest) {
  if (rest == "input_tokens") co_return co_await count_input_tokens(context, services);
  std::string_view id = rest.substr(0, rest.find('/'));
  if (rest != std::format("{}/cancel", id)) co_return fail(response_not_there(rest));
  CO_TRY(co_await services.kept_responses->body(id, context.principal));
  co_return fail({.code = ErrorCode::invalid_request,
                  .message = "Only a response that is made in the background can be cancelled; leaving ends this one.",
                  .reason = "response_not_in_background"});
}

Task<> delete_response(Context& context, const Services& services, std::string_view id) {
  CO_TRY(co_await services.kept_responses->remove(id, context.principal));
  co_return co_await context.reply(json_response(wire::encode_response_deleted(id)));
}

}  // namespace entente::api
