// How an answer of OpenAI's dialects is sampled, stopped and sent: the parameters that chat, completions and responses
// share.
#include <charconv>
#include <format>
#include <limits>

#include "base/encoding.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

constexpr std::int64_t max_int = std::numeric_limits<std::int64_t>::max();

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

}  // namespace

void read_openai_stop(Fields& fields, std::vector<std::string>& stop) {
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

void read_openai_sampling(Fields& fields, Sampling& sampling) {
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
  constexpr std::int64_t min_int = std::numeric_limits<std::int64_t>::min();
  auto seed = fields.integer("seed", min_int, max_int);
  auto also = fields.integer("random_seed", min_int, max_int);  // Mistral's word
  if (seed || also) sampling.seed = static_cast<std::uint64_t>(seed.value_or(also.value_or(0)));
  read_logit_bias(fields, sampling.logit_bias);
}

void read_openai_effort(Fields& fields, std::string_view name, std::optional<ReasoningEffort>& effort) {
  auto word = fields.text(name);
  if (!word) return;
  using enum ReasoningEffort;
  for (ReasoningEffort known : {none, minimal, low, medium, high}) {
    if (to_string(known) == *word) effort = known;
  }
  if (*word == "xhigh") effort = high;
  if (!effort) {
    fields.reject(name, std::format("'{}' must be one of none, minimal, low, medium, high and xhigh, but '{}' came.",
                                    fields.path_of(name), shortened(*word)));
  }
}

bool read_openai_stream(Fields& fields, bool& include_usage) {
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

// "flex" is OpenAI's word for "cheaper, may wait"; the others all mean that somebody waits.
Urgency read_openai_urgency(Fields& fields) {
  return fields.text("service_tier") == "flex" ? Urgency::batch : Urgency::interactive;
}

std::string read_openai_end_user(Fields& fields) {
  auto user = fields.text("user");
  return fields.text("safety_identifier").value_or(user.value_or(""));
}

}  // namespace entente::wire
