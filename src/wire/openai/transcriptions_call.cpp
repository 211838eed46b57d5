#include "wire/openai/transcriptions_call.hpp"

#include <charconv>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_text = 64 * 1024 * 1024;

std::string in_digits(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

double number_of(const Json& value) {
  if (auto* d = value.as<double>()) return *d;
  if (auto* i = value.as<std::int64_t>()) return static_cast<double>(*i);
  if (auto* u = value.as<std::uint64_t>()) return static_cast<double>(*u);
  return 0;
}

std::optional<double> number(const Json& of, std::string_view name) {
  const Json* found = of.find(name);
  if (!found || found->is_null() || found->as<std::string>()) return std::nullopt;
  return number_of(*found);
}

// The members that the reference has of each item, and no others: whatever else a server says is its own business.
std::string items(const Json& of, std::string_view name, std::initializer_list<std::string_view> known) {
  const Json::Array* list = of.array(name);
  if (!list) return {};
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const Json& item : *list) {
    json.begin_object();
    for (std::string_view member : known) {
      if (const Json* value = item.find(member)) json.key(member).raw(to_json_text(*value));
    }
    json.end_object();
  }
  json.end_array();
  return out;
}

std::vector<TokenChoice> tokens_in(const Json& of) {
  std::vector<TokenChoice> tokens;
  const Json::Array* list = of.array("logprobs");
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const Json& item = (*list)[i];
    TokenLogprob& token = tokens.emplace_back().chosen;
    if (auto* text = item.text("token")) token.token = *text;
    token.logprob = number(item, "logprob").value_or(0);
  }
  return tokens;
}

// A form says the members of an object one by one: "chunking_strategy[type]".
void write_chunking(FormWriter& form, const std::string& chunking) {
  constexpr std::string_view name = "chunking_strategy";
  auto parsed = chunking.starts_with('{') ? parse_json(chunking) : Result<Json>(Json{});
  if (auto* members = parsed ? parsed->as<Json::Object>() : nullptr) {
    for (const auto& [member, value] : *members) {
      auto* text = value.as<std::string>();
      form.text(std::format("{}[{}]", name, member), text ? *text : to_json_text(value));
    }
  } else if (!chunking.empty()) {
    form.text(name, chunking);
  }
}

}  // namespace

FormCall encode_transcription_call(const Transcribe& work, std::string_view model) {
  FormWriter form(work.audio.size());
  form.file("file", work.filename, work.audio);
  form.text("model", model);
  auto member = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) form.text(name, value);
  };
  form.text("response_format", work.form);
  member("language", work.language);
  member("prompt", work.prompt);
  if (work.temperature) form.text("temperature", in_digits(*work.temperature));
  if (work.word_times) form.text("timestamp_granularities[]", "word");
  if (work.segment_times) form.text("timestamp_granularities[]", "segment");
  if (work.logprobs) form.text("include[]", "logprobs");
  write_chunking(form, work.chunking);
  if (work.stream) form.text("stream", "true");
  std::string type = form.content_type();
  return {.content_type = std::move(type), .body = std::move(form).finish()};
}

// What stands beside the text, and the end.
Result<> TranscriptReply::told(const Json& of, TranscriptDetails details) {
  if (const Json* usage = of.find("usage")) {
    if (const std::string* type = usage->text("type"); type && *type == "duration")
      details.billed_seconds = number(*usage, "seconds");
  }
  if (auto used = usage_in(of)) assembly_.usage(*used);
  assembly_.made(Transcribed{std::make_shared<const TranscriptDetails>(std::move(details))});
  whole();
  return assembly_.finish(0, FinishReason::stop);
}

Result<> TranscriptReply::read_document(const Json& document) {
  const std::string* text = document.text("text");
  if (!text) return bad("The provider answered without a transcript.");
  TRY(assembly_.text(0, *text, tokens_in(document)));
  TranscriptDetails details;
  if (const std::string* language = document.text("language")) details.language = *language;
  details.seconds = number(document, "duration");
  details.segments = items(document, "segments",
                           {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob",
                            "compression_ratio", "no_speech_prob"});
  details.words = items(document, "words", {"word", "start", "end"});
  return told(document, std::move(details));
}

Result<> TranscriptReply::read_event(const Json& event) {
  const std::string* type = event.text("type");
  if (!type) return {};
  if (*type == "transcript.text.delta") {
    const std::string* delta = event.text("delta");
    said_ = true;
    return assembly_.text(0, delta ? *delta : std::string(), tokens_in(event));
  }
  if (*type != "transcript.text.done") return {};
  const std::string* text = event.text("text");
  if (!said_ && text) TRY(assembly_.text(0, *text));
  return told(event, {});
}

Result<> TranscriptText::take(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > most_text) {
    return fail(
        {.code = ErrorCode::upstream_failed, .message = "The provider's answer is too long.", .reason = "bad_reply"});
  }
  gathered_ += bytes;
  return {};
}

Result<> TranscriptText::at_end() {
  if (find_invalid_utf8(gathered_) != std::string_view::npos) {
    return fail({.code = ErrorCode::upstream_failed,
                 .message = "The provider answered with a transcript that is no text.",
                 .reason = "bad_reply"});
  }
  assembly_.start();
  TRY(assembly_.text(0, gathered_));
  return assembly_.finish(0, FinishReason::stop);
}

}  // namespace entente::wire
