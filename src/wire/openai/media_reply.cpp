#include "wire/openai/media_reply.hpp"

#include "wire/failure.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_bytes = 256 * 1024 * 1024;

Result<Json> parse_reply(std::string_view text) {
  Result<Json> parsed = parse_json(text);
  if (parsed && parsed->as<Json::Object>()) return parsed;
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The provider's answer cannot be read: it is not the JSON that was agreed on.",
               .reason = "bad_reply",
               .details = parsed ? "no object" : parsed.error().message});
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::unexpected<Error> MediaReply::bad(std::string message) {
  return fail({.code = ErrorCode::upstream_failed, .message = std::move(message), .reason = "bad_reply"});
}

std::optional<Usage> MediaReply::usage_in(const Json& of) {
  const Json* usage = of.find("usage");
  if (!usage) return std::nullopt;
  const std::int64_t* in = usage->integer("input_tokens");
  const std::int64_t* out = usage->integer("output_tokens");
  if (!in && !out) return std::nullopt;
  return Usage{.prompt_tokens = in ? *in : 0, .completion_tokens = out ? *out : 0};
}

Result<> MediaReply::take(std::string_view bytes) {
  if (form_ == Form::unknown) {
    while (!bytes.empty() && is_space(bytes.front())) bytes.remove_prefix(1);
    if (bytes.empty()) return {};
    form_ = bytes.front() == '{' ? Form::document : Form::events;
  }
  if (form_ == Form::document) {
    if (gathered_.size() + bytes.size() > most_bytes) return bad("The provider's answer is too long.");
    gathered_ += bytes;
    return {};
  }
  events_.feed(bytes);
  while (true) {
    TRY_ASSIGN(auto event, events_.next());
    if (!event) return {};
    if (assembly_.complete()) continue;
    if (event->data != "[DONE]") {
      TRY_ASSIGN(Json document, parse_reply(event->data));
      const std::string* type = document.text("type");
      if (document.find("error") || (type && *type == "error")) return fail(failure_of(0, read_failure(event->data)));
      TRY(read_event(document));
    }
    if (whole_) assembly_.complete_answer();
  }
}

Result<> MediaReply::at_end() {
  if (form_ != Form::document) return {};
  TRY_ASSIGN(Json document, parse_reply(gathered_));
  gathered_.clear();
  TRY(read_document(document));
  whole_ = true;
  return {};
}

}  // namespace entente::wire
