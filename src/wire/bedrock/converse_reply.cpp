#include "wire/bedrock/converse_reply.hpp"

#include "base/ascii.hpp"
#include "wire/failure.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

namespace {

struct Said {
  std::int64_t index = 0;
  std::string_view id, name, text, input, thought, signature, stop_reason;
  bool has_usage = false;
  std::int64_t used_input = 0, used_output = 0, read = 0, written = 0;
};

od::error_code read_delta(od::value& from, Said& said) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key == "text") return od::text(value, said.text);
    if (key != "toolUse" && key != "reasoningContent") return simdjson::SUCCESS;
    return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
      if (inner == "input") return od::text(member, said.input);
      if (inner == "text") return od::text(member, said.thought);
      if (inner == "signature") return od::text(member, said.signature);
      return simdjson::SUCCESS;
    });
  });
}

od::error_code read_start(od::value& from, Said& said) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key != "toolUse") return simdjson::SUCCESS;
    return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
      if (inner == "toolUseId") return od::text(member, said.id);
      if (inner == "name") return od::text(member, said.name);
      return simdjson::SUCCESS;
    });
  });
}

od::error_code read_usage(od::value& from, Said& said) {
  said.has_usage = true;
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key == "inputTokens") return od::integer(value, said.used_input);
    if (key == "outputTokens") return od::integer(value, said.used_output);
    if (key == "cacheReadInputTokens") return od::integer(value, said.read);
    if (key == "cacheWriteInputTokens") return od::integer(value, said.written);
    return simdjson::SUCCESS;
  });
}

od::error_code read_event(od::object& root, Said& said) {
  return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "contentBlockIndex") return od::integer(value, said.index);
    if (key == "stopReason") return od::text(value, said.stop_reason);
    if (key == "delta") return read_delta(value, said);
    if (key == "start") return read_start(value, said);
    if (key == "usage") return read_usage(value, said);
    return simdjson::SUCCESS;
  });
}

FinishReason reason_named(std::string_view word) {
  if (word == "max_tokens" || word == "model_context_window_exceeded") return FinishReason::length;
  if (word == "tool_use") return FinishReason::tool_calls;
  if (word == "content_filtered" || word == "guardrail_intervened") return FinishReason::content_filter;
  return FinishReason::stop;
}

}  // namespace

unsigned status_of_exception(std::string_view name) {
  std::string word = to_lower(name);
  if (word.starts_with("validation")) return 400;
  if (word.starts_with("accessdenied") || word.starts_with("unrecognizedclient") || word.starts_with("expiredtoken") ||
      word.starts_with("invalidsignature") || word.starts_with("missingauthentication"))
    return 403;
  if (word.starts_with("resourcenotfound")) return 404;
  if (word.starts_with("modeltimeout")) return 408;
  if (word.starts_with("throttling") || word.starts_with("servicequota")) return 429;
  if (word.starts_with("serviceunavailable") || word.starts_with("modelnotready")) return 503;
  return 500;
}

Result<> ConverseReply::apply(std::string_view event, std::string_view payload) {
  Said said;
  TRY(od::read_on_demand(payload, [&](od::object& root) { return read_event(root, said); }));
  if (event == "messageStart") {
    assembly_.start();
  } else if (event == "contentBlockStart") {
    if (!said.name.empty()) return assembly_.call(0, said.index, said.id, said.name, {});
  } else if (event == "contentBlockDelta") {
    if (!said.input.empty()) return assembly_.call(0, said.index, {}, {}, said.input);
    TRY(assembly_.reasoning(0, said.thought, said.signature));
    return assembly_.text(0, said.text);
  } else if (event == "messageStop") {
    return assembly_.finish(0, reason_named(said.stop_reason));
  } else if (event == "metadata") {
    if (said.has_usage) {
      assembly_.usage({.prompt_tokens = said.used_input + said.read + said.written,
                       .cached_tokens = said.read,
                       .completion_tokens = said.used_output,
                       .reasoning_tokens = 0});
    }
    if (assembly_.all_finished()) assembly_.complete_answer();
  }
  return {};
}

Result<> ConverseReply::take(std::string_view bytes) {
  messages_.feed(bytes);
  while (true) {
    TRY_ASSIGN(auto message, messages_.next());
    if (!message) return {};
    if (assembly_.complete()) continue;
    if (message->kind != "event") {
      FailureWords words = read_failure(message->payload);
      words.type = message->name;
      return fail(failure_of(status_of_exception(message->name), std::move(words)));
    }
    TRY(apply(message->name, message->payload));
  }
}

}  // namespace entente::wire
