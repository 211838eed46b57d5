#include "providers/abilities.hpp"

#include <algorithm>
#include <format>

namespace entente::providers {

namespace {

std::unexpected<Error> cannot(std::string param, std::string_view what) {
  return fail({.code = ErrorCode::unsupported,
               .message = std::format("No deployment that could take this answers with {}.", what),
               .reason = "unsupported_parameter",
               .param = std::move(param)});
}

template <class Test>
bool any_image(const Chat& chat, Test&& test) {
  for (const Message& message : chat.conversation) {
    for (const Part& part : message.parts) {
      if (auto* image = std::get_if<ImagePart>(&part); image && test(*image)) return true;
    }
  }
  return false;
}

Result<> if_any(bool can, std::string_view what) {
  if (can) return {};
  return fail({.code = ErrorCode::unsupported,
               .message = std::format("Models of this provider {} here.", what),
               .reason = "unsupported_work"});
}

}  // namespace

Result<> check(const MakeImage&, const Abilities& can) { return if_any(can.images, "make no images"); }
Result<> check(const Transcribe&, const Abilities& can) { return if_any(can.transcription, "write no speech down"); }
Result<> check(const Speak&, const Abilities& can) { return if_any(can.speech, "do not speak"); }
Result<> check(const Moderate&, const Abilities& can) { return if_any(can.moderation, "judge no texts"); }
Result<> check(const Complete&, const Abilities&) { return if_any(false, "complete no texts without roles"); }
Result<> check(const Rerank&, const Abilities&) { return if_any(false, "order no documents"); }

Result<> check(const Embed& work, const Abilities& can) {
  TRY(if_any(can.embeddings, "give no embeddings"));
  auto of_tokens = [](const TextOrTokens& input) { return !std::holds_alternative<std::string>(input); };
  if (!can.embeddings_of_tokens && std::ranges::any_of(work.inputs, of_tokens))
    return cannot("input", "vectors of tokens; send text");
  return {};
}

Result<> check(const CountTokens& work, const Abilities& can) {
  if (can.token_counts) return check(work.chat, can);
  return fail({.code = ErrorCode::unsupported,
               .message = "How many tokens a model reads is known to its maker, and this one's is not asked for it.",
               .reason = "tokens_unknown"});
}

Result<> check_passed(const Chat& chat, std::string_view dialect) {
  if (chat.passed && chat.passed->dialect != dialect) return fail(chat.passed->refusal);
  return {};
}

Result<> check(const Chat& chat, const Abilities& can) {
  TRY(check_passed(chat, can.dialect));
  const Tooling& tooling = chat.tooling;
  if (tooling.may_call()) {
    if (!can.tools) return cannot("tools", "calls of tools");
    if (tooling.use == ToolUse::required && !can.required_calls)
      return cannot("tool_choice", "calls that must be made");
    if (!can.strict_tools && std::ranges::any_of(tooling.tools, &Tool::strict))
      return cannot("tools", "calls that keep strictly to their schema");
  }
  if (chat.format.kind == AnswerFormat::Kind::json_schema && !can.schema)
    return cannot("response_format", "a JSON schema");
  if (chat.format.kind == AnswerFormat::Kind::json_object && !can.json_object)
    return cannot("response_format", "a JSON object");
  if (!can.vision && any_image(chat, [](const ImagePart&) { return true; })) return cannot("messages", "images read");
  if (!can.image_addresses && any_image(chat, [](const ImagePart& image) { return !image.url.empty(); }))
    return cannot("messages", "images at an address; send them as data:image/…;base64,…");
  bool chosen_effort = chat.reasoning_effort.value_or(ReasoningEffort::none) != ReasoningEffort::none;
  if (chosen_effort && !can.reasoning_effort) return cannot("reasoning_effort", "a chosen effort of reasoning");
  if (chat.begun && !can.begun) return cannot("messages", "the rest of an answer that is begun");
  if (chat.choices > 1 && !can.choices) return cannot("n", "several choices");
  if (chat.logprobs && !can.logprobs) return cannot("logprobs", "log-probabilities");
  if (chat.top_logprobs > 0 && !can.top_logprobs) return cannot("top_logprobs", "alternatives of tokens");
  const Sampling& sampling = chat.sampling;
  if (sampling.seed && !can.seed) return cannot("seed", "a seed");
  if (sampling.presence_penalty != 0 && !can.penalties) return cannot("presence_penalty", "a presence penalty");
  if (sampling.frequency_penalty != 0 && !can.penalties) return cannot("frequency_penalty", "a frequency penalty");
  if (!sampling.logit_bias.empty() && !can.logit_bias) return cannot("logit_bias", "biased tokens");
  if (sampling.top_k > 0 && !can.top_k) return cannot("top_k", "top_k");
  if (sampling.min_p > 0 && !can.min_p) return cannot("min_p", "min_p");
  if (sampling.repetition_penalty != 1 && !can.repetition_penalty)
    return cannot("repetition_penalty", "a repetition penalty");
  if (sampling.temperature.value_or(0) > can.most_temperature)
    return cannot("temperature", std::format("a temperature above {}", can.most_temperature));
  if (chat.stop.size() > can.most_stops)
    return cannot("stop", std::format("more than {} stop sequences", can.most_stops));
  return {};
}

}  // namespace entente::providers
