// Answer half of Anthropic's Messages dialect.
#include "wire/anthropic/error.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/json_writer.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

std::string_view stop_reason(const Gathered::Choice& choice) {
  switch (choice.finish) {
    case FinishReason::stop: return choice.stop_sequence.empty() ? "end_turn" : "stop_sequence";
    case FinishReason::length: return "max_tokens";
    case FinishReason::tool_calls: return "tool_use";
    case FinishReason::content_filter: return "refusal";
  }
  return "end_turn";
}

void write_stop(JsonWriter& json, const Gathered::Choice& choice) {
  json.key("stop_reason").string(stop_reason(choice)).key("stop_sequence");
  choice.stop_sequence.empty() ? json.null() : json.string(choice.stop_sequence);
}

// Here what came from a cache is no part of input_tokens: the three numbers add up to the prompt.
void write_usage(JsonWriter& json, const Usage& usage) {
  json.begin_object().key("input_tokens").number(usage.prompt_tokens - usage.cached_tokens);
  json.key("cache_creation_input_tokens").number(std::int64_t{0});
  json.key("cache_read_input_tokens").number(usage.cached_tokens);
  json.key("output_tokens").number(usage.completion_tokens);
  json.key("output_tokens_details").begin_object().key("thinking_tokens").number(usage.reasoning_tokens).end_object();
  json.end_object();
}

void write_head(JsonWriter& json, const MessagesHead& head) {
  json.key("id").string(head.id).key("type").string("message").key("role").string("assistant");
  json.key("model").string(head.model);
}

// An answer that was cut in the middle of a call has half of its arguments: no JSON, and clients take objects only.
std::string object_or_empty(const std::string& arguments) {
  auto parsed = parse_json(arguments);
  return parsed && parsed->as<Json::Object>() ? arguments : "{}";
}

template <class Write>
void append_event(std::string& out, std::string_view type, Write write) {
  append_sse(out, type, [&](std::string& line) {
    JsonWriter json(line);
    json.begin_object().key("type").string(type);
    write(json);
    json.end_object();
  });
}

}  // namespace

void MessagesStream::start(std::string& out, const Started& started) {
  append_event(out, "message_start", [&](JsonWriter& json) {
    json.key("message").begin_object();
    write_head(json, head_);
    json.key("content").begin_array().end_array().key("stop_reason").null().key("stop_sequence").null().key("usage");
    write_usage(json, {.prompt_tokens = started.prompt_tokens, .cached_tokens = started.cached_tokens});
    json.end_object();
  });
  append_event(out, "ping", [](JsonWriter&) {});
}

void MessagesStream::open(std::string& out, Block block, const ToolCallDelta* call) {
  if (block_ == block && (!call || call_ == call->index)) return;
  close(out);
  block_ = block;
  ++index_;
  append_event(out, "content_block_start", [&](JsonWriter& json) {
    json.key("index").number(index_).key("content_block").begin_object();
    if (call) {
      call_ = call->index;
      json.key("type").string("tool_use").key("id").string(call->id).key("name").string(call->name);
      json.key("input").begin_object().end_object();
    } else if (block == Block::thought) {
      json.key("type").string("thinking").key("thinking").string("").key("signature").string("");
    } else {
      json.key("type").string("text").key("text").string("");
    }
    json.end_object();
  });
}

void MessagesStream::close(std::string& out) {
  if (block_ == Block::none) return;
  if (block_ == Block::thought) delta(out, "signature_delta", "signature", signature_);
  signature_.clear();
  block_ = Block::none;
  append_event(out, "content_block_stop", [&](JsonWriter& json) { json.key("index").number(index_); });
}

void MessagesStream::delta(std::string& out, std::string_view type, std::string_view member, std::string_view text) {
  append_event(out, "content_block_delta", [&](JsonWriter& json) {
    json.key("index").number(index_).key("delta").begin_object();
    json.key("type").string(type).key(member).string(text).end_object();
  });
}

void MessagesStream::append(std::string& out, const Event& event) {
  if (auto* started = std::get_if<Started>(&event)) {
    start(out, *started);
  } else if (auto* text = std::get_if<TextDelta>(&event)) {
    if (text->text.empty()) return;
    open(out, Block::text);
    delta(out, "text_delta", "text", text->text);
  } else if (auto* thought = std::get_if<ReasoningDelta>(&event); thought && head_.thoughts) {
    open(out, Block::thought);
    signature_ += thought->signature;
    if (!thought->text.empty()) delta(out, "thinking_delta", "thinking", thought->text);
  } else if (auto* call = std::get_if<ToolCallDelta>(&event)) {
    open(out, Block::call, call);
    if (!call->arguments.empty()) delta(out, "input_json_delta", "partial_json", call->arguments);
  } else if (auto* finished = std::get_if<Finished>(&event)) {
    close(out);
    finished_ = *finished;
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    usage_ = *usage;
  }
}

void MessagesStream::end(std::string& out) {
  append_event(out, "message_delta", [&](JsonWriter& json) {
    json.key("delta").begin_object();
    write_stop(json, {.finish = finished_.reason, .stop_sequence = finished_.stop_sequence});
    json.end_object().key("usage");
    write_usage(json, usage_);
  });
  append_event(out, "message_stop", [](JsonWriter&) {});
}

void MessagesStream::fail(std::string& out, const Error& error) {
  append_sse(out, "error", [&](std::string& line) { line += encode_anthropic_error(error); });
}

std::string MessagesAnswer::body() const {
  const Gathered::Choice& choice = gathered_.choices[0];
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, head_);
  json.key("content").begin_array();
  if (head_.thoughts && (!choice.reasoning.text.empty() || !choice.reasoning.signature.empty())) {
    json.begin_object().key("type").string("thinking").key("thinking").string(choice.reasoning.text);
    json.key("signature").string(choice.reasoning.signature).end_object();
  }
  if (!choice.text.empty()) {
    json.begin_object().key("type").string("text").key("text").string(choice.text).end_object();
  }
  for (const ToolCall& call : choice.calls) {
    json.begin_object().key("type").string("tool_use").key("id").string(call.id).key("name").string(call.name);
    json.key("input").raw(object_or_empty(call.arguments)).end_object();
  }
  json.end_array();
  write_stop(json, choice);
  json.key("usage");
  write_usage(json, gathered_.usage);
  json.end_object();
  return out;
}

std::string encode_token_count(std::int64_t tokens) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("input_tokens").number(tokens).end_object();
  return out;
}

}  // namespace entente::wire
