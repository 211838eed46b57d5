// Answer half of Ollama's dialect.
#include <algorithm>
#include <iterator>
#include <utility>

#include "wire/json_writer.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/openai/logprobs.hpp"

namespace entente::wire {

namespace {

void write_head(JsonWriter& json, const OllamaHead& head) {
  json.key("model").string(head.model).key("created_at").string(head.created_at);
}

// An answer that was cut in the middle of a call has half of its arguments, which are no object. Written anew: a model
// may break its lines, and ours end there.
std::string object_or_empty(const std::string& arguments) {
  auto parsed = parse_json(arguments);
  return parsed && parsed->as<Json::Object>() ? to_json_text(*parsed) : "{}";
}

void write_calls(JsonWriter& json, const std::vector<ToolCall>& calls) {
  json.key("tool_calls").begin_array();
  for (const ToolCall& call : calls) {
    json.begin_object().key("id").string(call.id).key("function").begin_object().key("name").string(call.name);
    json.key("arguments").raw(object_or_empty(call.arguments)).end_object().end_object();
  }
  json.end_array();
}

// What is said: a message, or at /api/generate the text itself.
void write_said(JsonWriter& json, const OllamaHead& head, std::string_view text, std::string_view thought,
                const std::vector<ToolCall>& calls) {
  if (head.generates) {
    json.key("response").string(text);
    if (!thought.empty()) json.key("thinking").string(thought);
    return;
  }
  json.key("message").begin_object().key("role").string("assistant").key("content").string(text);
  if (!thought.empty()) json.key("thinking").string(thought);
  if (!calls.empty()) write_calls(json, calls);
  json.end_object();
}

void write_logprobs(JsonWriter& json, const std::vector<TokenChoice>& tokens) {
  if (tokens.empty()) return;
  write_token_choices(json.key("logprobs"), tokens);
}

void write_end(JsonWriter& json, const OllamaHead& head, const OllamaTimes& times, FinishReason finish,
               const Usage& usage) {
  std::chrono::nanoseconds now = head.stopwatch();
  std::chrono::nanoseconds spoke = times.spoke.count() > 0 ? times.spoke : now;
  json.key("done").boolean(true).key("done_reason").string(finish == FinishReason::length ? "length" : "stop");
  json.key("total_duration").number(std::int64_t{now.count()});
  json.key("load_duration").number(std::int64_t{times.begun.count()});
  json.key("prompt_eval_count").number(usage.prompt_tokens);
  json.key("prompt_eval_duration").number(std::int64_t{(spoke - times.begun).count()});
  json.key("eval_count").number(usage.completion_tokens);
  json.key("eval_duration").number(std::int64_t{(now - spoke).count()});
}

void look_at_the_time(OllamaTimes& times, const Stopwatch& stopwatch, const Event& event) {
  if (times.begun.count() == 0) times.begun = stopwatch();
  if (times.spoke.count() == 0 && is_delta(event)) times.spoke = stopwatch();
}

// Ollama's own Python client ends a line also at the characters that Unicode calls line breaks (httpx splits it so):
// they are written as escapes. All others of that kind are control characters, which JSON escapes anyway.
void append_in_one_line(std::string& out, std::string_view json) {
  using Break = std::pair<std::string_view, std::string_view>;
  constexpr Break breaks[] = {{"\xC2\x85", "\\u0085"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}};
  while (!json.empty()) {
    std::size_t plain = std::min(json.find_first_of("\xC2\xE2"), json.size());
    out += json.substr(0, plain);
    json.remove_prefix(plain);
    if (json.empty()) break;
    auto found = std::ranges::find_if(breaks, [&](const Break& one) { return json.starts_with(one.first); });
    bool is_break = found != std::end(breaks);
    out += is_break ? found->second : json.substr(0, 1);
    json.remove_prefix(is_break ? found->first.size() : 1);
  }
  out += '\n';
}

template <class Write>
void append_line(std::string& out, Write write) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  write(json);
  json.end_object();
  append_in_one_line(out, line);
}

}  // namespace

void OllamaStream::append(std::string& out, const Event& event) {
  look_at_the_time(times_, head_.stopwatch, event);
  auto line = [&](std::string_view text, std::string_view thought, const std::vector<TokenChoice>& tokens) {
    if (text.empty() && thought.empty() && tokens.empty()) return;
    append_line(out, [&](JsonWriter& json) {
      write_head(json, head_);
      write_said(json, head_, text, thought, {});
      write_logprobs(json, tokens);
      json.key("done").boolean(false);
    });
  };
  if (auto* delta = std::get_if<TextDelta>(&event)) {
    line(delta->text, "", delta->logprobs);
  } else if (auto* thought = std::get_if<ReasoningDelta>(&event)) {
    line("", thought->text, {});
  } else if (auto* call = std::get_if<ToolCallDelta>(&event)) {
    if (!call->name.empty()) {
      tell_call(out);
      call_ = {.id = call->id, .name = call->name, .arguments = {}};
    }
    call_.arguments += call->arguments;
  } else if (auto* finished = std::get_if<Finished>(&event)) {
    tell_call(out);
    finish_ = finished->reason;
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    usage_ = *usage;
  }
}

void OllamaStream::tell_call(std::string& out) {
  if (call_.name.empty()) return;
  append_line(out, [&](JsonWriter& json) {
    write_head(json, head_);
    write_said(json, head_, "", "", {call_});
    json.key("done").boolean(false);
  });
  call_ = {};
}

void OllamaStream::end(std::string& out) {
  append_line(out, [&](JsonWriter& json) {
    write_head(json, head_);
    write_said(json, head_, "", "", {});
    write_end(json, head_, times_, finish_, usage_);
  });
}

void OllamaStream::fail(std::string& out, const Error& error) { append_in_one_line(out, encode_ollama_error(error)); }

void OllamaAnswer::add(const Event& event) {
  look_at_the_time(times_, head_.stopwatch, event);
  gathered_.add(event);
}

std::string OllamaAnswer::body() const {
  const Gathered::Choice& choice = gathered_.choices[0];
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, head_);
  write_said(json, head_, choice.text, choice.reasoning.text, choice.calls);
  write_logprobs(json, choice.logprobs);
  write_end(json, head_, times_, choice.finish, gathered_.usage);
  json.end_object();
  return out;
}

void OllamaVectors::add(const Event& event) {
  if (auto* vector = std::get_if<Vector>(&event)) vectors_.at(vector->index) = vector->values;
  if (auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
}

std::string OllamaVectors::body() const {
  std::string out;
  JsonWriter json(out);
  auto write = [&](const std::vector<float>& vector) {
    json.begin_array();
    for (float value : vector) json.number(static_cast<double>(value));
    json.end_array();
  };
  json.begin_object();
  if (single_) {
    json.key("embedding");
    write(vectors_[0]);
  } else {
    json.key("model").string(head_.model).key("embeddings").begin_array();
    for (const std::vector<float>& vector : vectors_) write(vector);
    json.end_array().key("total_duration").number(std::int64_t{head_.stopwatch().count()});
    json.key("prompt_eval_count").number(usage_.prompt_tokens);
  }
  json.end_object();
  return out;
}

std::string encode_ollama_loaded(const OllamaHead& head) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, head);
  write_said(json, head, "", "", {});
  json.key("done").boolean(true).key("done_reason").string("load").end_object();
  return out;
}

std::string encode_ollama_error(const Error& error) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("error").string(error.message).end_object();
  return out;
}

}  // namespace entente::wire
