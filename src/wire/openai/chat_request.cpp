// Request half of OpenAI's chat/completions dialect.
#include <charconv>
#include <format>
#include <limits>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

constexpr std::int64_t max_int = std::numeric_limits<std::int64_t>::max();

// No effect on the answer here: accepted, so that SDK defaults pass.
constexpr std::string_view without_effect[] = {"metadata", "prompt_cache_key", "prompt_cache_retention", "verbosity"};

// Would change the answer, and this version cannot do it.
constexpr std::string_view not_here_yet[] = {"functions", "function_call", "audio", "prediction", "web_search_options"};

void read_stop(Fields& fields, std::vector<std::string>& stop) {
  const Json* value = fields.any("stop");
  if (!value) return;
  if (auto* text = value->as<std::string>()) {
    stop.push_back(*text);
  } else if (auto* list = value->as<Json::Array>()) {
    if (list->size() > 4) return fields.reject("stop", "'stop' holds at most 4 sequences.");
    for (const Json& item : *list) {
      auto* text = item.as<std::string>();
      if (!text)
        return fields.reject("stop", std::format("'stop' must hold strings, but {} came.", item.kind()),
                             "invalid_type");
      stop.push_back(*text);
    }
  } else {
    return fields.reject("stop",
                         std::format("'stop' must be a string or an array of strings, but {} came.", value->kind()),
                         "invalid_type");
  }
  for (const std::string& text : stop) {
    if (text.empty()) return fields.reject("stop", "'stop' must not hold an empty string.");
    if (text.size() > 1024) return fields.reject("stop", "A stop sequence may have at most 1,024 bytes.");
  }
}

void read_logit_bias(Fields& fields, std::map<std::int32_t, double>& bias) {
  const Json* object = fields.object("logit_bias");
  if (!object) return;
  for (const auto& [key, value] : *object->as<Json::Object>()) {
    std::int32_t token = -1;
    auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), token);
    if (failure != std::errc() || end != key.data() + key.size() || token < 0) {
      return fields.reject(
          "logit_bias",
          std::format("'logit_bias' maps token numbers to -100…100, but the key '{}' came.", shortened(key, 32)));
    }
    double amount = 0;
    if (auto* d = value.as<double>()) {
      amount = *d;
    } else if (auto* i = value.as<std::int64_t>()) {
      amount = static_cast<double>(*i);
    } else if (auto* u = value.as<std::uint64_t>()) {
      amount = static_cast<double>(*u);
    } else {
      return fields.reject("logit_bias",
                           std::format("'logit_bias' maps token numbers to numbers, but {} came.", value.kind()),
                           "invalid_type");
    }
    if (amount < -100 || amount > 100) {
      return fields.reject("logit_bias",
                           std::format("'logit_bias' values are between -100 and 100, but {} came.", amount));
    }
    if (!bias.emplace(token, amount).second) {
      return fields.reject("logit_bias", std::format("'logit_bias' names the token {} twice.", token));
    }
  }
}

void read_sampling(Fields& fields, Sampling& sampling) {
  sampling.temperature = fields.number("temperature", 0, 2);
  sampling.top_p = fields.number("top_p", 0, 1);
  sampling.presence_penalty = fields.number("presence_penalty", -2, 2).value_or(0.0);
  sampling.frequency_penalty = fields.number("frequency_penalty", -2, 2).value_or(0.0);
  sampling.top_k = static_cast<std::uint32_t>(fields.integer("top_k", 0, 1'000'000).value_or(0));
  sampling.min_p = fields.number("min_p", 0, 1).value_or(0.0);
  auto repetition = fields.number("repetition_penalty", 0.01, 10);
  auto repeat = fields.number("repeat_penalty", 0.01, 10);
  if (repetition && repeat && *repetition != *repeat) {
    fields.reject("repeat_penalty",
                  "'repeat_penalty' and 'repetition_penalty' are two names for one thing. Send one of them.");
  }
  sampling.repetition_penalty = repetition.value_or(repeat.value_or(1.0));
  if (auto seed = fields.integer("seed", std::numeric_limits<std::int64_t>::min(), max_int)) {
    sampling.seed = static_cast<std::uint64_t>(*seed);
  }
  read_logit_bias(fields, sampling.logit_bias);
}

void read_lengths(Fields& fields, Chat& chat) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  auto completion = fields.integer("max_completion_tokens", 1, most);
  auto older_name = fields.integer("max_tokens", 1, most);
  if (completion && older_name && *completion != *older_name) {
    fields.reject("max_tokens", "'max_tokens' and 'max_completion_tokens' differ. Send one of them.");
  }
  if (auto tokens = completion ? completion : older_name) chat.max_tokens = static_cast<std::uint32_t>(*tokens);
  chat.choices = static_cast<std::uint32_t>(fields.integer("n", 1, 128).value_or(1));
}

void read_logprobs(Fields& fields, Chat& chat) {
  chat.logprobs = fields.boolean("logprobs").value_or(false);
  auto top = fields.integer("top_logprobs", 0, 20);
  if (top && *top > 0 && !chat.logprobs) fields.reject("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
  chat.top_logprobs = static_cast<std::uint32_t>(top.value_or(0));
}

// Parameters that ask for something this version does not do are refused by name unless their value asks for nothing.
void refuse_what_is_not_here(Fields& fields) {
  for (std::string_view name : not_here_yet) {
    const Json* value = fields.any(name);
    if (!value) continue;
    auto* list = value->as<Json::Array>();
    if (list && list->empty()) continue;
    std::string_view hint = name.starts_with("function") ? "Use 'tools', which replaced it." : "Leave it out.";
    fields.reject(name, std::format("'{}' is not supported by this version. {}", name, hint), "unsupported_parameter");
  }
  if (const Json::Array* modalities = fields.array("modalities")) {
    for (const Json& item : *modalities) {
      auto* word = item.as<std::string>();
      if (!word || *word != "text")
        fields.reject("modalities", "'modalities' may only hold 'text'.", "unsupported_value");
    }
  }
  if (fields.boolean("store").value_or(false)) {
    fields.reject("store", "'store' is not supported by this version: nothing is kept. Leave it out.",
                  "unsupported_value");
  }
}

void read_effort(Fields& fields, std::optional<ReasoningEffort>& effort) {
  auto word = fields.text("reasoning_effort");
  if (!word) return;
  using enum ReasoningEffort;
  for (ReasoningEffort known : {none, minimal, low, medium, high}) {
    if (to_string(known) == *word) effort = known;
  }
  if (*word == "xhigh") effort = high;
  if (!effort) {
    fields.reject("reasoning_effort",
                  std::format("'reasoning_effort' must be one of none, minimal, low, medium, high and xhigh, but '{}' "
                              "came.",
                              shortened(*word)));
  }
}

bool read_stream(Fields& fields, bool& include_usage) {
  bool stream = fields.boolean("stream").value_or(false);
  if (const Json* options = fields.object("stream_options")) {
    if (!stream) fields.reject("stream_options", "'stream_options' needs 'stream' to be true.");
    Fields inner(*options, "stream_options");
    include_usage = inner.boolean("include_usage").value_or(false);
    inner.boolean("include_obfuscation");
    inner.nothing_else();
    if (!inner.ok()) fields.reject(inner.error());
  }
  return stream;
}

}  // namespace

Result<ChatRequest> decode_chat_request(std::string_view body) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  ChatRequest request;
  Chat& chat = request.chat;

  chat.model = fields.text("model").value_or("");
  if (fields.ok() && chat.model.empty()) {
    fields.reject("model", "'model' is missing. GET /v1/models lists the models you may use.",
                  "missing_required_parameter");
  }
  const Json::Array* messages = fields.array("messages");
  if (!messages) fields.missing("messages");
  if (messages && messages->empty())
    fields.reject("messages", "'messages' must hold at least one message.", "empty_array");
  if (!fields.ok()) return fail(fields.error());
  for (std::size_t i = 0; i < messages->size(); ++i) {
    TRY_ASSIGN(Message message, read_openai_message((*messages)[i], i));
    chat.conversation.push_back(std::move(message));
  }
  TRY(check_tool_results(chat.conversation));

  read_openai_tooling(fields, chat.tooling);
  read_openai_format(fields, chat.format);
  read_effort(fields, chat.reasoning_effort);
  read_sampling(fields, chat.sampling);
  read_lengths(fields, chat);
  read_stop(fields, chat.stop);
  read_logprobs(fields, chat);
  request.stream = read_stream(fields, request.include_usage);
  // OpenAI's words for "cheaper, may wait"; the others all mean that somebody waits.
  if (fields.text("service_tier") == "flex") chat.urgency = Urgency::batch;
  auto user = fields.text("user");
  chat.end_user = fields.text("safety_identifier").value_or(user.value_or(""));
  refuse_what_is_not_here(fields);
  fields.accept(without_effect);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return request;
}

}  // namespace entente::wire
