#include "wire/openai/transcriptions.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/error.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

constexpr std::string_view numbers[] = {"temperature", "chunking_strategy[prefix_padding_ms]",
                                        "chunking_strategy[silence_duration_ms]", "chunking_strategy[threshold]"};
constexpr std::string_view booleans[] = {"stream"};
constexpr std::string_view not_here_yet[] = {"known_speaker_names", "known_speaker_references"};
constexpr std::string_view forms[] = {"json", "text", "srt", "verbose_json", "vtt"};

// "a[]" may come as one text, too.
std::vector<std::string> read_words(Fields& fields, std::string_view name) {
  const Json* value = fields.any(name);
  if (!value) return {};
  if (auto* text = value->as<std::string>()) return {*text};
  std::vector<std::string> words;
  if (auto* list = value->as<Json::Array>()) {
    for (const Json& item : *list) {
      auto* text = item.as<std::string>();
      words.push_back(text ? *text : std::string());
    }
    return words;
  }
  fields.reject(name, std::format("'{}' must be a list of words.", name), "invalid_type");
  return words;
}

void read_form(Fields& fields, Transcribe& work) {
  work.form = fields.text("response_format").value_or("json");
  if (std::ranges::contains(forms, std::string_view(work.form))) return;
  fields.reject("response_format",
                std::format("'response_format' must be one of json, text, srt, verbose_json and vtt, but '{}' came.",
                            shortened(work.form)),
                work.form == "diarized_json" ? "unsupported_value" : "invalid_value");
}

void read_times(Fields& fields, Transcribe& work) {
  for (const std::string& word : read_words(fields, "timestamp_granularities")) {
    bool* one = word == "word" ? &work.word_times : word == "segment" ? &work.segment_times : nullptr;
    if (!one) return fields.reject("timestamp_granularities", "'timestamp_granularities' must hold word or segment.");
    *one = true;
  }
  if ((work.word_times || work.segment_times) && work.form != "verbose_json")
    fields.reject("timestamp_granularities", "'timestamp_granularities' needs 'response_format' to be verbose_json.");
}

void read_included(Fields& fields, Transcribe& work) {
  for (const std::string& word : read_words(fields, "include")) {
    if (word != "logprobs")
      return fields.reject("include", std::format("'include' may hold logprobs, but '{}' came.", shortened(word)));
    work.logprobs = true;
  }
  if (work.logprobs && work.form != "json")
    fields.reject("include", "'include' of logprobs needs 'response_format' to be json.");
}

void read_chunking(Fields& fields, Transcribe& work) {
  const Json* value = fields.any("chunking_strategy");
  if (!value) return;
  if (auto* text = value->as<std::string>(); text && *text == "auto") {
    work.chunking = "auto";
  } else if (value->as<Json::Object>()) {
    Fields inner(*value, "chunking_strategy");
    if (inner.required_text("type") != "server_vad" && inner.ok())
      inner.reject("type", "'chunking_strategy.type' must be server_vad.");
    inner.number("prefix_padding_ms", 0, 1'000'000);
    inner.number("silence_duration_ms", 0, 1'000'000);
    inner.number("threshold", 0, 1);
    inner.nothing_else();
    if (!inner.ok()) return fields.reject(inner.error());
    work.chunking = to_json_text(*value);
  } else {
    fields.reject("chunking_strategy", "'chunking_strategy' must be auto, or an object whose type is server_vad.");
  }
}

// As it stands in transcripts: no alternatives.
void write_logprobs(JsonWriter& json, const std::vector<TokenChoice>& tokens) {
  json.key("logprobs").begin_array();
  for (const TokenChoice& token : tokens) {
    json.begin_object().key("token").string(token.chosen.token).key("logprob").number(token.chosen.logprob);
    json.key("bytes").begin_array();
    for (char c : token.chosen.token) json.number(std::int64_t{static_cast<unsigned char>(c)});
    json.end_array().end_object();
  }
  json.end_array();
}

void write_usage(JsonWriter& json, const Usage& usage, const TranscriptDetails& details) {
  json.key("usage").begin_object();
  if (details.billed_seconds) {
    json.key("type").string("duration").key("seconds").number(*details.billed_seconds);
  } else {
    json.key("type").string("tokens").key("input_tokens").number(usage.prompt_tokens);
    json.key("output_tokens").number(usage.completion_tokens).key("total_tokens").number(usage.total_tokens());
  }
  json.end_object();
}

}  // namespace

Result<Transcribe> decode_transcription_members(const Json& members, bool to_english, std::string_view model) {
  Fields fields(members, "");
  Transcribe work;
  work.model = read_model_name(fields, model);
  work.to_english = to_english;
  work.prompt = fields.text("prompt").value_or("");
  work.temperature = fields.number("temperature", 0, 1);
  read_form(fields, work);
  if (!to_english) {
    work.language = fields.text("language").value_or("");
    if (work.language.size() > 16) fields.reject("language", "'language' must be a code of ISO 639, like fr.");
    read_times(fields, work);
    read_included(fields, work);
    read_chunking(fields, work);
    work.stream = fields.boolean("stream").value_or(false);
    if (work.stream && work.form != "json" && work.form != "text")
      fields.reject("stream", "'stream' needs 'response_format' to be json or text.");
    fields.refuse(not_here_yet);
    fields.refuse("keywords", "'prompt' may name them.");
    fields.refuse("languages", "'language' takes one.");
  }
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return work;
}

Result<Transcribe> decode_transcription_request(std::string_view content_type, std::string_view body, bool to_english,
                                                std::string_view model) {
  TRY_ASSIGN(std::vector<FormPart> parts, parse_multipart(content_type, body));
  auto is_file = [](const FormPart& part) { return part.name == "file"; };
  auto file = std::ranges::find_if(parts, is_file);
  TRY_ASSIGN(Json members, form_members(parts, "file", numbers, booleans));
  TRY_ASSIGN(Transcribe work, decode_transcription_members(members, to_english, model));
  if (file == parts.end() || file->content.empty()) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = file == parts.end() ? "The form has no part 'file' with the sound."
                                                : "The form's part 'file' is empty.",
                 .reason = "missing_required_parameter",
                 .param = "file"});
  }
  if (std::ranges::count_if(parts, is_file) > 1) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "The form has two parts 'file'. Send one file a request.",
                 .reason = "invalid_multipart",
                 .param = "file"});
  }
  work.filename = std::string(shortened(file->filename, 255));
  if (find_invalid_utf8(work.filename) != std::string_view::npos || work.filename.empty()) work.filename = "audio";
  work.audio = std::string(file->content);
  return work;
}

TranscriptAnswer::TranscriptAnswer(const Transcribe& work)
    : form_(work.form), to_english_(work.to_english), logprobs_(work.logprobs) {}

void TranscriptAnswer::add(const Event& event) {
  if (auto* delta = std::get_if<TextDelta>(&event)) {
    text_ += delta->text;
    tokens_.insert(tokens_.end(), delta->logprobs.begin(), delta->logprobs.end());
  } else if (auto* told = std::get_if<Transcribed>(&event)) {
    details_ = *told->details;
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    usage_ = *usage;
  }
}

std::string_view TranscriptAnswer::media_type() const {
  if (form_ == "json" || form_ == "verbose_json") return "application/json";
  return form_ == "vtt" ? "text/vtt; charset=utf-8" : "text/plain; charset=utf-8";
}

std::string TranscriptAnswer::body() const {
  if (form_ != "json" && form_ != "verbose_json") return text_;
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (form_ == "verbose_json") {
    json.key("task").string(to_english_ ? "translate" : "transcribe").key("language").string(details_.language);
    json.key("duration").number(details_.seconds.value_or(0.0));
  }
  json.key("text").string(text_);
  if (!details_.segments.empty()) json.key("segments").raw(details_.segments);
  if (!details_.words.empty()) json.key("words").raw(details_.words);
  if (logprobs_) write_logprobs(json, tokens_);
  write_usage(json, usage_, details_);
  json.end_object();
  return out;
}

void TranscriptStream::append(std::string& out, const Event& event) {
  if (auto* delta = std::get_if<TextDelta>(&event)) {
    text_ += delta->text;
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object().key("type").string("transcript.text.delta").key("delta").string(delta->text);
      if (!delta->logprobs.empty()) write_logprobs(json, delta->logprobs);
      json.end_object();
    });
  } else if (auto* told = std::get_if<Transcribed>(&event)) {
    details_ = *told->details;
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object().key("type").string("transcript.text.done").key("text").string(text_);
      write_usage(json, *usage, details_);
      json.end_object();
    });
  }
}

void TranscriptStream::fail(std::string& out, const Error& error) {
  append_sse(out, {}, [&](std::string& line) { line += encode_openai_error(error); });
}

}  // namespace entente::wire
