#include "wire/anthropic/messages_reply.hpp"

#include "wire/failure.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

// What one event says, whichever it is.
struct MessagesReply::Said {
  std::string_view type;
  std::int64_t index = 0;
  std::string_view block_type, id, name;                                        // content_block_start
  std::string_view text, thinking, signature, partial_json;                     // content_block_delta
  std::string_view stop_reason, stop_sequence;                                  // message_delta
  std::string_view error_type, error_message;                                   // error
  std::int64_t input = -1, created = -1, read = -1, output = -1, thought = -1;  // usage; -1: not said
};

namespace {

od::error_code read_usage(od::value& from, auto& said) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key == "input_tokens") return od::integer(value, said.input);
    if (key == "cache_creation_input_tokens") return od::integer(value, said.created);
    if (key == "cache_read_input_tokens") return od::integer(value, said.read);
    if (key == "output_tokens") return od::integer(value, said.output);
    if (key != "output_tokens_details" || od::is_null(value)) return simdjson::SUCCESS;
    return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
      return inner == "thinking_tokens" ? od::integer(member, said.thought) : simdjson::SUCCESS;
    });
  });
}

od::error_code read_inside(od::value& from, std::string_view where, auto& said) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "usage") return read_usage(value, said);
    if (where == "error") {
      if (key == "type") return od::text(value, said.error_type);
      if (key == "message") return od::text(value, said.error_message);
    } else if (where == "content_block") {
      if (key == "type") return od::text(value, said.block_type);
      if (key == "id") return od::text(value, said.id);
      if (key == "name") return od::text(value, said.name);
      if (key == "text") return od::text(value, said.text);
    } else if (where == "delta") {
      if (key == "text") return od::text(value, said.text);
      if (key == "thinking") return od::text(value, said.thinking);
      if (key == "signature") return od::text(value, said.signature);
      if (key == "partial_json") return od::text(value, said.partial_json);
      if (key == "stop_reason") return od::text(value, said.stop_reason);
      if (key == "stop_sequence") return od::text(value, said.stop_sequence);
    }
    return simdjson::SUCCESS;
  });
}

od::error_code read_event(od::object& root, auto& said) {
  return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "type") return od::text(value, said.type);
    if (key == "index") return od::integer(value, said.index);
    if (key == "usage") return read_usage(value, said);
    if (key == "message" || key == "content_block" || key == "delta" || key == "error")
      return read_inside(value, key, said);
    return simdjson::SUCCESS;
  });
}

FinishReason reason_named(std::string_view word) {
  if (word == "max_tokens" || word == "model_context_window_exceeded") return FinishReason::length;
  if (word == "tool_use") return FinishReason::tool_calls;
  if (word == "refusal") return FinishReason::content_filter;
  return FinishReason::stop;
}

}  // namespace

Result<> MessagesReply::apply(const Said& said) {
  // Each event repeats what it knows of the whole; what it does not say stays.
  if (said.input >= 0) input_ = said.input;
  if (said.created >= 0) created_ = said.created;
  if (said.read >= 0) usage_.cached_tokens = said.read;
  if (said.output >= 0) usage_.completion_tokens = said.output;
  if (said.thought >= 0) usage_.reasoning_tokens = said.thought;
  usage_.prompt_tokens = input_ + created_ + usage_.cached_tokens;
  if (said.input >= 0 || said.output >= 0) assembly_.usage(usage_);

  if (said.type == "message_start") {
    assembly_.start({.prompt_tokens = usage_.prompt_tokens, .cached_tokens = usage_.cached_tokens});
  } else if (said.type == "content_block_start") {
    if (said.block_type == "tool_use") return assembly_.call(0, said.index, said.id, said.name, {});
    return assembly_.text(0, said.text);
  } else if (said.type == "content_block_delta") {
    if (!said.partial_json.empty()) return assembly_.call(0, said.index, {}, {}, said.partial_json);
    TRY(assembly_.reasoning(0, said.thinking, said.signature));
    return assembly_.text(0, said.text);
  } else if (said.type == "message_delta") {
    if (!said.stop_reason.empty()) return assembly_.finish(0, reason_named(said.stop_reason), said.stop_sequence);
  } else if (said.type == "message_stop") {
    assembly_.complete_answer();
  } else if (said.type == "error") {
    return fail(failure_of(
        0,
        {.message = std::string(said.error_message), .code = {}, .type = std::string(said.error_type), .param = {}}));
  }
  return {};  // ping, content_block_stop, and what may come in later versions
}

Result<> MessagesReply::take(std::string_view bytes) {
  events_.feed(bytes);
  while (true) {
    TRY_ASSIGN(auto event, events_.next());
    if (!event) return {};
    if (assembly_.complete()) continue;
    Said said;
    TRY(od::read_on_demand(event->data, [&](od::object& root) { return read_event(root, said); }));
    TRY(apply(said));
  }
}

}  // namespace entente::wire
