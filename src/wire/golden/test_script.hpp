// For golden tests: what happens while an answer is made, one line of JSON an event, to Events
// (tests/golden/README.md).
//
//   {"started":{"prompt":12,"cached":4}}                  {"finished":"stop","at":"END"}
//   {"text":"Hel","logprobs":[{"token":"Hel","logprob":-0.25,"top":[{"token":"He","logprob":-2}]}]}
//   {"thought":"Hm.","signature":"c2ln"}                  {"usage":{"prompt":12,"completion":5}}
//   {"call":0,"id":"call_1","name":"look","arguments":"{"} {"vector":0,"values":[0.5,-0.5]}
//   {"score":0.75,"document":1}                            {"failed":"upstream_failed","reason":"…","message":"…"}
//
// "choice" says of which choice; left out, it is the first. A token that is no text on its own is "bytes":"e282".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "base/test_hex.hpp"
#include "domain/event.hpp"
#include "wire/json.hpp"

namespace entente::wire::golden {

struct Script {
  std::vector<Event> events;
  std::optional<Error> failure;  // instead of an end
};

class ScriptLine {
 public:
  explicit ScriptLine(const Json& line) : line_(line) {}

  bool has(std::string_view name) const { return line_.find(name) != nullptr; }
  ScriptLine inside(std::string_view name) const { return ScriptLine(*line_.find(name)); }
  std::string text(std::string_view name) const {
    const std::string* found = line_.text(name);
    return found ? *found : std::string();
  }
  std::int64_t integer(std::string_view name) const {
    const std::int64_t* found = line_.integer(name);
    return found ? *found : 0;
  }
  std::uint32_t count(std::string_view name) const { return static_cast<std::uint32_t>(integer(name)); }
  double number(std::string_view name) const {
    const Json* found = line_.find(name);
    if (const double* real = found ? found->as<double>() : nullptr) return *real;
    return static_cast<double>(integer(name));
  }
  template <class Take>
  void each(std::string_view name, Take take) const {
    const Json::Array* list = line_.array(name);
    if (!list) return;
    for (const Json& item : *list) take(item);
  }

 private:
  const Json& line_;
};

inline TokenLogprob read_token(const ScriptLine& line) {
  TokenLogprob token{.token = line.text("token"), .logprob = line.number("logprob")};
  token.token += from_hex(line.text("bytes"));
  return token;
}

inline std::vector<TokenChoice> read_tokens(const ScriptLine& line) {
  std::vector<TokenChoice> tokens;
  line.each("logprobs", [&](const Json& one) {
    TokenChoice& token = tokens.emplace_back();
    token.chosen = read_token(ScriptLine(one));
    ScriptLine(one).each("top", [&](const Json& other) { token.top.push_back(read_token(ScriptLine(other))); });
  });
  return tokens;
}

inline std::optional<FinishReason> finish_named(std::string_view word) {
  for (FinishReason reason :
       {FinishReason::stop, FinishReason::length, FinishReason::tool_calls, FinishReason::content_filter}) {
    if (to_string(reason) == word) return reason;
  }
  return std::nullopt;
}

// Nothing: the line says no event.
inline std::optional<Event> read_event(const ScriptLine& line) {
  std::uint32_t choice = line.count("choice");
  if (line.has("started")) {
    ScriptLine of = line.inside("started");
    return Started{.prompt_tokens = of.integer("prompt"), .cached_tokens = of.integer("cached")};
  }
  if (line.has("text")) return TextDelta{.choice = choice, .text = line.text("text"), .logprobs = read_tokens(line)};
  if (line.has("thought"))
    return ReasoningDelta{.choice = choice, .text = line.text("thought"), .signature = line.text("signature")};
  if (line.has("call")) {
    return ToolCallDelta{.choice = choice,
                         .index = line.count("call"),
                         .id = line.text("id"),
                         .name = line.text("name"),
                         .arguments = line.text("arguments")};
  }
  if (line.has("finished")) {
    auto reason = finish_named(line.text("finished"));
    if (!reason) return std::nullopt;
    return Finished{.choice = choice, .reason = *reason, .stop_sequence = line.text("at")};
  }
  if (line.has("usage")) {
    ScriptLine of = line.inside("usage");
    return Usage{.prompt_tokens = of.integer("prompt"),
                 .cached_tokens = of.integer("cached"),
                 .completion_tokens = of.integer("completion"),
                 .reasoning_tokens = of.integer("reasoning")};
  }
  if (line.has("vector")) {
    Vector vector{.index = line.count("vector"), .values = {}};
    line.each("values", [&](const Json& value) {
      const double* real = value.as<double>();
      const std::int64_t* whole = value.as<std::int64_t>();
      vector.values.push_back(static_cast<float>(real ? *real : whole ? static_cast<double>(*whole) : 0));
    });
    return vector;
  }
  if (line.has("score")) return Score{.index = line.count("document"), .value = line.number("score")};
  return std::nullopt;
}

inline Result<Script> read_script(std::string_view text) {
  Script script;
  while (!text.empty()) {
    std::string_view said = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), said.size() + 1));
    TRY_ASSIGN(Json json, parse_json(said));
    ScriptLine line(json);
    if (line.has("failed")) {
      auto code = to_error_code(line.text("failed"));
      if (!code) return fail(ErrorCode::invalid_request, "There is no such error code: " + std::string(said));
      script.failure = Error{.code = *code, .message = line.text("message"), .reason = line.text("reason")};
      continue;
    }
    auto event = read_event(line);
    if (!event) return fail(ErrorCode::invalid_request, "This line is no event: " + std::string(said));
    script.events.push_back(std::move(*event));
  }
  return script;
}

}  // namespace entente::wire::golden
