// For golden tests: a piece of work as lines of text, everything in it that is not as it is by itself. What a request
// was understood as can so be read, and compared, whatever its dialect.
#pragma once

#include <format>
#include <string>
#include <string_view>
#include <variant>

#include "base/encoding.hpp"
#include "domain/work.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire::golden {

inline std::string in_quotes(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

class Trace {
 public:
  explicit Trace(std::string& out) : out_(out) {}

  template <class... Values>
  void line(std::format_string<Values...> form, Values&&... values) {
    std::format_to(std::back_inserter(out_), form, std::forward<Values>(values)...);
    out_ += '\n';
  }

  void operator()(const Chat& chat) {
    line("chat with {}", in_quotes(chat.model));
    for (const Message& message : chat.conversation) say(message);
    if (chat.begun) line("the last message begins the answer");
    for (const Tool& tool : chat.tooling.tools) say(tool);
    if (!chat.tooling.tools.empty()) say(chat.tooling);
    say(chat.format);
    if (chat.reasoning_effort) line("effort {}", to_string(*chat.reasoning_effort));
    if (chat.reasoning_budget) line("thinks in {} tokens", *chat.reasoning_budget);
    say(chat.sampling);
    if (chat.max_tokens) line("at most {} tokens", *chat.max_tokens);
    if (chat.choices != 1) line("{} choices", chat.choices);
    for (const std::string& stop : chat.stop) line("stops at {}", in_quotes(stop));
    if (chat.logprobs) line("log-probabilities, {} beside each", chat.top_logprobs);
    say(chat.urgency, chat.end_user);
    if (!chat.session.empty()) line("session {}", in_quotes(chat.session));
    if (chat.preferences) line("preferences of who may answer");
  }

  void operator()(const Complete& work) {
    line("completion with {}", in_quotes(work.model));
    for (const TextOrTokens& prompt : work.prompts) say("prompt", prompt);
    if (!work.suffix.empty()) line("before {}", in_quotes(work.suffix));
    if (work.echo) line("echoes the prompt");
    say(work.sampling);
    line("at most {} tokens", work.max_tokens);
    if (work.choices != 1) line("{} choices of each prompt", work.choices);
    for (const std::string& stop : work.stop) line("stops at {}", in_quotes(stop));
    if (work.logprobs) line("log-probabilities, {} beside each", *work.logprobs);
    say(work.urgency, work.end_user);
  }

  void operator()(const Embed& work) {
    line("vectors with {}", in_quotes(work.model));
    for (const TextOrTokens& input : work.inputs) say("input", input);
    if (work.dimensions) line("{} dimensions", *work.dimensions);
    say(work.urgency, work.end_user);
  }

  void operator()(const Rerank& work) {
    line("rerank with {}", in_quotes(work.model));
    line("query {}", in_quotes(work.query));
    for (const std::string& document : work.documents) line("document {}", in_quotes(document));
    say(work.urgency, work.end_user);
  }

  template <class Other>
  void operator()(const Other&) {
    line("work of a kind that has no trace");
  }

 private:
  void say(const Message& message) {
    line("{}{}", to_string(message.role), message.name.empty() ? "" : " by the name of " + in_quotes(message.name));
    for (const Part& part : message.parts) std::visit([&](const auto& one) { say_part(one); }, part);
  }
  void say_part(const TextPart& part) { line("  text {}", in_quotes(part.text)); }
  void say_part(const ImagePart& part) {
    std::string what = part.url.empty() ? std::format("of {} bytes, {}", part.bytes.size(), part.media_type) : part.url;
    line("  image {}{}", what, part.detail.empty() ? "" : ", detail " + part.detail);
  }
  void say_part(const ReasoningPart& part) {
    line("  thought {}{}{}", in_quotes(part.text), part.signature.empty() ? "" : " signed " + in_quotes(part.signature),
         part.sealed ? ", sealed" : "");
  }
  void say_part(const ToolCall& call) {
    line("  call {} of {} with {}", in_quotes(call.id), call.name, in_quotes(call.arguments));
  }
  void say_part(const ToolResult& result) {
    line("  result of {}: {}{}", in_quotes(result.call), in_quotes(result.text), result.failed ? ", which failed" : "");
  }

  void say(const Tool& tool) {
    line("tool {}{} {} takes {}", tool.name, tool.strict ? " strictly" : "", in_quotes(tool.description),
         tool.parameters.empty() ? "nothing" : tool.parameters);
  }
  void say(const Tooling& tooling) {
    constexpr std::string_view uses[] = {"automatic", "none", "required"};
    line("calls: {}{}", uses[static_cast<std::size_t>(tooling.use)], tooling.parallel ? "" : ", one at a time");
    for (const std::string& name : tooling.allowed) line("may call {}", name);
  }
  void say(const AnswerFormat& format) {
    if (format.kind == AnswerFormat::Kind::text) return;
    if (format.kind == AnswerFormat::Kind::json_object) return line("answers with a JSON object");
    line("answers by the schema {}{} {}", in_quotes(format.name), format.strict ? " strictly" : "", format.schema);
  }
  void say(const Sampling& sampling) {
    const Sampling usual;
    if (sampling.temperature) line("temperature {}", *sampling.temperature);
    if (sampling.top_p) line("top_p {}", *sampling.top_p);
    if (sampling.top_k != usual.top_k) line("top_k {}", sampling.top_k);
    if (sampling.min_p != usual.min_p) line("min_p {}", sampling.min_p);
    if (sampling.presence_penalty != usual.presence_penalty) line("presence penalty {}", sampling.presence_penalty);
    if (sampling.frequency_penalty != usual.frequency_penalty) line("frequency penalty {}", sampling.frequency_penalty);
    if (sampling.repetition_penalty != usual.repetition_penalty)
      line("repetition penalty {}", sampling.repetition_penalty);
    if (sampling.seed) line("seed {}", *sampling.seed);
    for (const auto& [token, bias] : sampling.logit_bias) line("bias of token {}: {}", token, bias);
  }
  void say(std::string_view what, const TextOrTokens& prompt) {
    if (auto* text = std::get_if<std::string>(&prompt)) return line("{} {}", what, in_quotes(*text));
    std::string tokens;
    for (std::int32_t token : std::get<std::vector<std::int32_t>>(prompt)) tokens += std::format(" {}", token);
    line("{} of the tokens{}", what, tokens);
  }
  void say(Urgency urgency, const std::string& end_user) {
    if (urgency == Urgency::batch) line("may wait");
    if (!end_user.empty()) line("for {}", in_quotes(end_user));
  }

  std::string& out_;
};

inline std::string trace_of(const Work& work) {
  std::string out;
  std::visit(Trace(out), work);
  return out;
}

}  // namespace entente::wire::golden
