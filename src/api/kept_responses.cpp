#include "api/kept_responses.hpp"

#include <format>

#include "base/encoding.hpp"
#include "wire/openai/kept_response.hpp"

namespace entente::api {

namespace {

// It was made, and is billed: whoever only asks again pays again.
Error not_kept(const Error& why) {
  std::string_view mend = why.code == ErrorCode::too_large
                              ? "it takes more room than all kept answers may. Raise responses.room"
                          : why.reason == "store_full" ? "the disk that holds the store is full. Free some room there"
                                                       : "the store cannot be written. Mend what its log names";
  return {.code = ErrorCode::unavailable,
          .message = std::format("The answer was made but could not be kept, as it should be: {}, or ask with "
                                 "\"store\": false.",
                                 mend),
          .reason = "response_not_kept",
          .details = why.details};
}

}  // namespace

Error response_not_there(std::string_view id) {
  return {
      .code = ErrorCode::not_found,
      .message = std::format("The response '{}' is not here: it was not stored, or its time is over.", shortened(id)),
      .reason = "response_not_found"};
}

Task<> KeptResponses::keep(std::string id, const Principal& whose, std::string request, Subject subject, Instant until,
                           std::string body, const std::vector<wire::InputItem>& input,
                           const Conversation& conversation) {
  store::KeptResponse row{.id = std::move(id),
                          .project = whose.project,
                          .request = std::move(request),
                          .subject = std::move(subject),
                          .body = std::move(body),
                          .input = wire::encode_kept_input(input),
                          .conversation = wire::encode_kept_conversation(conversation),
                          .at = until - limits_.keep,
                          .until = until};
  Result<> kept = co_await store_->keep_response(std::move(row), limits_.room);
  if (!kept) co_return fail(not_kept(kept.error()));
  co_return kept;
}

Task<std::string> KeptResponses::text(std::string_view id, const Principal& whose, store::KeptText which) {
  if (!keeps()) co_return fail(response_not_there(id));
  CO_TRY_ASSIGN(std::optional<std::string> found,
                co_await store_->kept_response(std::string(id), whose.project, which));
  if (!found) co_return fail(response_not_there(id));
  co_return *std::move(found);
}

Task<std::string> KeptResponses::body(std::string_view id, const Principal& whose) {
  return text(id, whose, store::KeptText::body);
}

Task<std::vector<wire::InputItem>> KeptResponses::input(std::string_view id, const Principal& whose) {
  CO_TRY_ASSIGN(std::string kept, co_await text(id, whose, store::KeptText::input));
  co_return wire::decode_kept_input(kept);
}

Task<Conversation> KeptResponses::conversation(std::string_view id, const Principal& whose) {
  CO_TRY_ASSIGN(std::string kept, co_await text(id, whose, store::KeptText::conversation));
  co_return wire::decode_kept_conversation(kept);
}

Task<> KeptResponses::remove(std::string_view id, const Principal& whose) {
  if (!keeps()) co_return fail(response_not_there(id));
  CO_TRY_ASSIGN(bool removed, co_await store_->remove_response(std::string(id), whose.project));
  if (!removed) co_return fail(response_not_there(id));
  co_return Result<>{};
}

}  // namespace entente::api
