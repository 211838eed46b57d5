#include "providers/chat_completions.hpp"

#include <utility>

#include "wire/openai/chat_reply.hpp"
#include "wire/openai/images_call.hpp"
#include "wire/openai/input_tokens_call.hpp"
#include "wire/openai/moderations_call.hpp"
#include "wire/openai/speech_call.hpp"
#include "wire/openai/transcriptions_call.hpp"
#include "wire/token_count.hpp"

namespace entente::providers {

namespace {

struct Call {
  std::string_view operation;
  std::string body;
  std::string content_type = "application/json";
};

bool is_text(const Transcribe& work) { return work.form == "text" || work.form == "srt" || work.form == "vtt"; }

struct Encode {
  std::string_view model;
  const wire::CallForm& chat;
  const wire::EmbeddingsForm& embeddings;

  Call operator()(const Chat& work) const {
    return {.operation = "chat/completions", .body = wire::encode_chat_call(work, model, chat)};
  }
  Call operator()(const Embed& work) const {
    return {.operation = "embeddings", .body = wire::encode_embeddings_call(work, model, embeddings)};
  }
  Call operator()(const MakeImage& work) const {
    if (work.from != MakeFrom::words) {
      wire::FormCall form = wire::encode_images_form(work, model);
      return {.operation = work.from == MakeFrom::pictures ? "images/edits" : "images/variations",
              .body = std::move(form.body),
              .content_type = std::move(form.content_type)};
    }
    return {.operation = "images/generations", .body = wire::encode_images_call(work, model)};
  }
  Call operator()(const Transcribe& work) const {
    wire::FormCall form = wire::encode_transcription_call(work, model);
    return {.operation = work.to_english ? "audio/translations" : "audio/transcriptions",
            .body = std::move(form.body),
            .content_type = std::move(form.content_type)};
  }
  Call operator()(const Speak& work) const {
    return {.operation = "audio/speech", .body = wire::encode_speech_call(work, model)};
  }
  Call operator()(const Moderate& work) const {
    return {.operation = "moderations", .body = wire::encode_moderation_call(work, model)};
  }
  Call operator()(const CountTokens& work) const {
    return {.operation = "responses/input_tokens", .body = wire::encode_input_tokens_call(work.chat, model)};
  }
  // can_take() lets none of these through.
  Call operator()(const Complete&) const { std::unreachable(); }
  Call operator()(const Rerank&) const { std::unreachable(); }
};

struct Decode {
  using Decoder = std::unique_ptr<wire::ReplyDecoder>;
  std::uint64_t prompt_bytes;

  Decoder operator()(const Chat& work) const {
    return std::make_unique<wire::ChatReply>(work.choices, bytes_of(work.conversation));
  }
  Decoder operator()(const Embed& work) const {
    return std::make_unique<wire::EmbeddingsReply>(work.inputs.size(), prompt_bytes);
  }
  Decoder operator()(const MakeImage& work) const {
    return std::make_unique<wire::ImagesReply>(work.count, prompt_bytes);
  }
  Decoder operator()(const Transcribe& work) const {
    if (is_text(work) && !work.stream) return std::make_unique<wire::TranscriptText>(prompt_bytes);
    return std::make_unique<wire::TranscriptReply>(prompt_bytes);
  }
  Decoder operator()(const Speak&) const { return std::make_unique<wire::SpeechReply>(prompt_bytes); }
  Decoder operator()(const Moderate& work) const {
    return std::make_unique<wire::ModerationReply>(work.inputs.size(), prompt_bytes);
  }
  Decoder operator()(const CountTokens&) const { return std::make_unique<wire::TokenCountReply>("input_tokens"); }
  Decoder operator()(const Complete&) const { std::unreachable(); }
  Decoder operator()(const Rerank&) const { std::unreachable(); }
};

}  // namespace

Result<net::UpstreamRequest> ChatCompletions::request(const Calling& calling) const {
  Call call = std::visit(Encode{calling.deployment.model, form_, embeddings_}, calling.work);
  net::UpstreamRequest out{
      .target = target(calling.deployment, call.operation),
      .headers = {{"content-type", std::move(call.content_type)}, {"accept", std::string(reply_type(calling.work))}},
      .body = std::move(call.body)};
  if (!calling.key.empty()) authorize(out.headers, calling.key);
  return out;
}

std::string_view ChatCompletions::reply_type(const Work& work) const {
  if (std::holds_alternative<Chat>(work)) return "text/event-stream";
  if (std::holds_alternative<Speak>(work)) return "audio/*";
  const auto* speech = std::get_if<Transcribe>(&work);
  const auto* pictures = std::get_if<MakeImage>(&work);
  if ((speech && speech->stream) || (pictures && pictures->stream)) return "text/event-stream";
  return speech && is_text(*speech) ? "text/plain" : "application/json";
}

bool ChatCompletions::reads(const Work& work, std::string_view type) const {
  if (std::holds_alternative<Speak>(work)) return type.starts_with("audio/") || type == "application/octet-stream";
  const auto* speech = std::get_if<Transcribe>(&work);
  if (speech && is_text(*speech) && !speech->stream) return type.starts_with("text/");
  // A stream that its model cannot give comes whole.
  bool media = speech || std::holds_alternative<MakeImage>(work);
  return type == reply_type(work) || (media && type == "application/json");
}

void ChatCompletions::authorize(net::Headers& headers, const std::string& key) const {
  headers.add("authorization", "Bearer " + key);
}

std::unique_ptr<wire::ReplyDecoder> ChatCompletions::decoder(const Work& work) const {
  return std::visit(Decode{envelope_of(work).prompt_bytes}, work);
}

}  // namespace entente::providers
