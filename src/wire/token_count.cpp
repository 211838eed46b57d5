#include "wire/token_count.hpp"

#include <format>

#include "wire/json.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_bytes = 64 * 1024;

std::unexpected<Error> bad(std::string details) {
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The provider's answer does not say how many tokens it counted.",
               .reason = "bad_reply",
               .details = std::move(details)});
}

}  // namespace

Result<> TokenCountReply::take(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > most_bytes) return bad("too long");
  gathered_ += bytes;
  return {};
}

Result<> TokenCountReply::at_end() {
  auto document = parse_json(gathered_);
  if (!document) return bad(document.error().message);
  const std::int64_t* tokens = document->integer(member_);
  if (!tokens || *tokens < 0) return bad(std::format("no number of tokens in '{}'", member_));
  assembly_.usage({});
  assembly_.made(Counted{*tokens});
  return {};
}

}  // namespace entente::wire
