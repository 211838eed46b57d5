#include "api/batch_line.hpp"

#include <algorithm>
#include <format>
#include <iterator>
#include <utility>

#include "base/id.hpp"
#include "wire/openai/responses.hpp"

namespace entente::api {

namespace {

std::unexpected<Error> not_in_a_batch(std::string param) {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::format("'{}' is not possible in a batch. Leave it out.", param),
               .reason = "unsupported_value",
               .param = std::move(param)});
}

Result<ReadWork> read_response(std::string_view body, const std::string&, Instant now) {
  TRY_ASSIGN(wire::ResponsesRequest request, wire::decode_responses_request(body));
  if (request.stream) return not_in_a_batch("stream");
  if (request.store.value_or(false)) return not_in_a_batch("store");
  if (!request.previous.empty()) return not_in_a_batch("previous_response_id");
  TRY(wire::check_response_outputs(request.chat.conversation));
  auto answer = std::make_unique<wire::ResponsesAnswer>(wire::ResponsesHead{.id = make_id("resp", now),
                                                                            .created = unix_seconds(now),
                                                                            .model = request.chat.model,
                                                                            .store = false,
                                                                            .custom = std::move(request.custom),
                                                                            .spaced = std::move(request.spaced),
                                                                            .repeated = std::move(request.repeated)});
  return ReadWork{.work = std::make_shared<Work>(std::move(request.chat)), .streamed = {}, .whole = std::move(answer)};
}

}  // namespace

Result<ReadWork> read_batch_line(std::string_view endpoint, std::string_view body, Instant now) {
  static constexpr std::pair<std::string_view, ReadBody*> endpoints[] = {{"/v1/chat/completions", read_chat},
                                                                         {"/v1/completions", read_completion},
                                                                         {"/v1/embeddings", read_embedding},
                                                                         {"/v1/rerank", read_rerank},
                                                                         {"/v1/responses", read_response}};
  auto found = std::ranges::find(endpoints, endpoint, &std::pair<std::string_view, ReadBody*>::first);
  if (found == std::end(endpoints))
    return fail(ErrorCode::unsupported, std::format("{} cannot be asked in a batch.", endpoint));
  TRY_ASSIGN(ReadWork read, found->second(body, "", now));
  if (read.streamed) return not_in_a_batch("stream");
  auto may_wait = [](auto& kind) {
    if constexpr (requires { kind.urgency; }) kind.urgency = Urgency::batch;
  };
  std::visit(may_wait, *read.work);
  return read;
}

}  // namespace entente::api
