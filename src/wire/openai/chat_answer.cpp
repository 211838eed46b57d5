// Answer half of OpenAI's chat/completions dialect: chunks of a stream, or one whole completion.
#include "wire/json_writer.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/logprobs.hpp"
#include "wire/openai/usage.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

void write_logprobs(JsonWriter& json, const std::vector<TokenChoice>& tokens) {
  write_token_choices(json.begin_object().key("content"), tokens);
  json.key("refusal").null().end_object();
}

// Where Google's own endpoint of this dialect has it, and clients that know of it look.
void write_signature(JsonWriter& json, const std::string& signature) {
  if (signature.empty()) return;
  json.key("extra_content").begin_object().key("google").begin_object();
  json.key("thought_signature").string(signature).end_object().end_object();
}

// What begins a call says who it is; what follows carries arguments only.
void write_call_delta(JsonWriter& json, const ToolCallDelta& call) {
  json.key("tool_calls").begin_array().begin_object().key("index").number(std::int64_t{call.index});
  if (!call.name.empty()) json.key("id").string(call.id).key("type").string("function");
  json.key("function").begin_object();
  if (!call.name.empty()) json.key("name").string(call.name);
  json.key("arguments").string(call.arguments).end_object();
  write_signature(json, call.signature);
  json.end_object().end_array();
}

void write_calls(JsonWriter& json, const std::vector<ToolCall>& calls) {
  json.key("tool_calls").begin_array();
  for (const ToolCall& call : calls) {
    json.begin_object().key("id").string(call.id).key("type").string("function").key("function").begin_object();
    json.key("name").string(call.name).key("arguments").string(call.arguments).end_object();
    write_signature(json, call.signature);
    json.end_object();
  }
  json.end_array();
}

void write_head(JsonWriter& json, const AnswerHead& head, std::string_view object) {
  json.key("id").string(head.id).key("object").string(object).key("created").number(head.created);
  json.key("model").string(head.model).key("system_fingerprint").null();
}

}  // namespace

ChatChunks::ChatChunks(AnswerHead head, std::uint32_t choices, bool include_usage)
    : head_(std::move(head)), choices_(choices), include_usage_(include_usage) {
  prefix_ = "data: {";
  std::string members;
  JsonWriter json(members);
  json.begin_object();
  write_head(json, head_, "chat.completion.chunk");
  prefix_ += std::string_view(members).substr(1);
  prefix_ += ",\"choices\":[";
}

void ChatChunks::append(std::string& out, const Event& event) {
  // With include_usage every chunk but the last says "usage":null, as the reference does.
  auto chunk = [&](std::uint32_t choice, auto&& write_delta, const std::vector<TokenChoice>* logprobs,
                   std::string_view finish) {
    out += prefix_;
    JsonWriter json(out);
    json.begin_object().key("index").number(std::int64_t{choice}).key("delta").begin_object();
    write_delta(json);
    json.end_object().key("logprobs");
    logprobs&& head_.logprobs ? write_logprobs(json, *logprobs) : void(json.null());
    json.key("finish_reason");
    finish.empty() ? json.null() : json.string(finish);
    json.end_object();
    out += include_usage_ ? "],\"usage\":null}\n\n" : "]}\n\n";
  };
  auto nothing = [](JsonWriter&) {};

  if (std::holds_alternative<Started>(event)) {
    auto role = [](JsonWriter& json) { json.key("role").string("assistant").key("content").string(""); };
    for (std::uint32_t choice = 0; choice < choices_; ++choice) chunk(choice, role, nullptr, "");
  } else if (auto* delta = std::get_if<TextDelta>(&event)) {
    auto content = [delta](JsonWriter& json) { json.key("content").string(delta->text); };
    chunk(delta->choice, content, &delta->logprobs, "");
  } else if (auto* thought = std::get_if<ReasoningDelta>(&event)) {
    auto reasoning = [thought](JsonWriter& json) { json.key("reasoning_content").string(thought->text); };
    if (!thought->text.empty()) chunk(thought->choice, reasoning, nullptr, "");
  } else if (auto* call = std::get_if<ToolCallDelta>(&event)) {
    chunk(call->choice, [call](JsonWriter& json) { write_call_delta(json, *call); }, nullptr, "");
  } else if (auto* finished = std::get_if<Finished>(&event)) {
    chunk(finished->choice, nothing, nullptr, to_string(finished->reason));
  } else if (auto* usage = std::get_if<Usage>(&event); usage && include_usage_) {
    out += prefix_;
    out += "],\"usage\":";
    JsonWriter json(out);
    write_openai_usage(json, *usage);
    out += "}\n\n";
  }
}

void ChatChunks::end(std::string& out) { out += "data: [DONE]\n\n"; }

void ChatChunks::fail(std::string& out, const Error& error) {
  append_sse(out, {}, [&](std::string& line) { line += encode_openai_error(error); });
}

std::string ChatCompletion::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, head_, "chat.completion");
  json.key("choices").begin_array();
  for (std::size_t i = 0; i < gathered_.choices.size(); ++i) {
    const Gathered::Choice& choice = gathered_.choices[i];
    json.begin_object().key("index").number(static_cast<std::int64_t>(i)).key("message").begin_object();
    json.key("role").string("assistant").key("content");
    choice.text.empty() && !choice.calls.empty() ? json.null() : json.string(choice.text);
    json.key("refusal").null();
    if (!choice.reasoning.text.empty()) json.key("reasoning_content").string(choice.reasoning.text);
    if (!choice.calls.empty()) write_calls(json, choice.calls);
    json.end_object();
    json.key("logprobs");
    head_.logprobs ? write_logprobs(json, choice.logprobs) : void(json.null());
    json.key("finish_reason").string(to_string(choice.finish)).end_object();
  }
  json.end_array().key("usage");
  write_openai_usage(json, gathered_.usage);
  json.end_object();
  return out;
}

}  // namespace entente::wire
