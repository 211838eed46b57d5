#include "wire/gemini/generate_call.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/turns.hpp"

namespace entente::wire {

namespace {

// "gemini-3.1-pro-preview", "models/gemini-3-flash": from the third generation on.
bool wants_signatures(std::string_view model) {
  constexpr std::string_view family = "gemini-";
  std::size_t at = model.find(family);
  if (at == std::string_view::npos) return false;
  model.remove_prefix(at + family.size());
  unsigned generation = 0;
  return std::from_chars(model.data(), model.data() + model.size(), generation).ec == std::errc() && generation >= 3;
}

struct PartWriter {
  JsonWriter& json;
  const Conversation& conversation;
  const bool signatures;
  mutable bool signed_before = false;  // the first of calls that stand together carries it for all

  void operator()(const TextPart& text) const {
    signed_before = false;
    json.begin_object().key("text").string(text.text).end_object();
  }
  void operator()(const ImagePart& image) const {
    json.begin_object().key("inlineData").begin_object().key("mimeType").string(image.media_type).key("data");
    json.string(to_base64(as_bytes(image.bytes)));
    json.end_object().end_object();
  }
  void operator()(const ReasoningPart&) const {}  // its thoughts are not taken back
  void operator()(const ToolCall& call) const {
    json.begin_object().key("functionCall").begin_object().key("name").string(call.name);
    json.key("args").raw(as_object(call.arguments)).end_object();
    constexpr std::string_view not_kept = "skip_thought_signature_validator";
    if (!call.signature.empty()) {
      json.key("thoughtSignature").string(call.signature);
    } else if (signatures && !signed_before) {
      json.key("thoughtSignature").string(not_kept);
    }
    signed_before = true;
    json.end_object();
  }
  void operator()(const ToolResult& result) const {
    signed_before = false;
    json.begin_object().key("functionResponse").begin_object();
    json.key("name").string(name_of_call(conversation, result.call)).key("response").begin_object();
    json.key(result.failed ? "error" : "output").string(result.text).end_object().end_object().end_object();
  }
};

void write_tools(JsonWriter& json, const Tooling& tooling) {
  if (tooling.tools.empty()) return;
  json.key("tools").begin_array().begin_object().key("functionDeclarations").begin_array();
  bool restrict_here = tooling.use != ToolUse::required && !tooling.allowed.empty();  // names go with ANY only
  for (const Tool& tool : tooling.tools) {
    if (restrict_here && !std::ranges::contains(tooling.allowed, tool.name)) continue;
    json.begin_object().key("name").string(tool.name);
    if (!tool.description.empty()) json.key("description").string(tool.description);
    if (!tool.parameters.empty()) json.key("parametersJsonSchema").raw(tool.parameters);
    json.end_object();
  }
  json.end_array().end_object().end_array();
  if (tooling.use == ToolUse::automatic) return;
  json.key("toolConfig").begin_object().key("functionCallingConfig").begin_object();
  json.key("mode").string(tooling.use == ToolUse::none ? "NONE" : "ANY");
  if (tooling.use == ToolUse::required && !tooling.allowed.empty()) {
    json.key("allowedFunctionNames").begin_array();
    for (const std::string& name : tooling.allowed) json.string(name);
    json.end_array();
  }
  json.end_object().end_object();
}

std::string_view level(ReasoningEffort effort) {
  switch (effort) {
    case ReasoningEffort::none:
    case ReasoningEffort::minimal: return "MINIMAL";  // it always thinks a little
    case ReasoningEffort::low: return "LOW";
    case ReasoningEffort::medium: return "MEDIUM";
    case ReasoningEffort::high: return "HIGH";
  }
  return "MEDIUM";
}

void write_generation(JsonWriter& json, const Chat& chat) {
  const Sampling& sampling = chat.sampling;
  json.key("generationConfig").begin_object();
  if (sampling.temperature) json.key("temperature").number(*sampling.temperature);
  if (sampling.top_p) json.key("topP").number(*sampling.top_p);
  if (sampling.top_k > 0) json.key("topK").number(std::int64_t{sampling.top_k});
  if (sampling.seed) json.key("seed").number(static_cast<std::int64_t>(static_cast<std::int32_t>(*sampling.seed)));
  if (sampling.presence_penalty != 0) json.key("presencePenalty").number(sampling.presence_penalty);
  if (sampling.frequency_penalty != 0) json.key("frequencyPenalty").number(sampling.frequency_penalty);
  if (chat.max_tokens) json.key("maxOutputTokens").number(std::int64_t{*chat.max_tokens});
  if (chat.choices > 1) json.key("candidateCount").number(std::int64_t{chat.choices});
  if (!chat.stop.empty()) {
    json.key("stopSequences").begin_array();
    for (const std::string& stop : chat.stop) json.string(stop);
    json.end_array();
  }
  if (chat.format.kind != AnswerFormat::Kind::text) json.key("responseMimeType").string("application/json");
  if (chat.format.kind == AnswerFormat::Kind::json_schema) json.key("responseJsonSchema").raw(chat.format.schema);
  if (chat.reasoning_effort) {
    json.key("thinkingConfig").begin_object().key("thinkingLevel").string(level(*chat.reasoning_effort));
    json.key("includeThoughts").boolean(*chat.reasoning_effort != ReasoningEffort::none).end_object();
  }
  json.end_object();
}

// What the model reads.
void write_prompt(JsonWriter& json, const Chat& chat, std::string_view model) {
  Turns turns = turns_of(chat.conversation);
  if (!turns.system.empty()) {
    json.key("systemInstruction").begin_object().key("parts").begin_array();
    for (std::string_view text : turns.system) json.begin_object().key("text").string(text).end_object();
    json.end_array().end_object();
  }
  json.key("contents").begin_array();
  write_turns(json, turns, "model", "parts", PartWriter{json, chat.conversation, wants_signatures(model)});
  json.end_array();
  write_tools(json, chat.tooling);
}

}  // namespace

std::string encode_generate_call(const Chat& chat, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_prompt(json, chat, model);
  write_generation(json, chat);
  json.end_object();
  return out;
}

std::string encode_generate_count(const Chat& chat, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("generateContentRequest").begin_object();
  json.key("model").string("models/" + std::string(model));
  write_prompt(json, chat, model);
  json.end_object().end_object();
  return out;
}

}  // namespace entente::wire
