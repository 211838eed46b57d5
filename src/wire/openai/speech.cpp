#include "wire/openai/speech.hpp"

#include <format>
#include <utility>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/error.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_text = 64 * 1024;  // makers take less, and say how much

constexpr std::pair<std::string_view, std::string_view> formats[] = {{"mp3", "audio/mpeg"}, {"opus", "audio/ogg"},
                                                                     {"aac", "audio/aac"},  {"flac", "audio/flac"},
                                                                     {"wav", "audio/wav"},  {"pcm", "audio/pcm"}};

std::string_view media_type_of(std::string_view format) {
  for (auto [name, type] : formats) {
    if (name == format) return type;
  }
  return {};
}

}  // namespace

Result<SpeechRequest> decode_speech_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  SpeechRequest request;
  Speak& work = request.work;
  work.model = read_model_name(fields, model);
  work.text = fields.required_text("input");
  if (fields.ok() && (work.text.empty() || work.text.size() > most_text))
    fields.reject("input", "'input' must be a text of 1 to 65,536 bytes.");
  work.voice = fields.required_text("voice");
  if (fields.ok() && (work.voice.empty() || work.voice.size() > 128))
    fields.reject("voice", "'voice' must be the name of a voice, like alloy.");
  work.instructions = fields.text("instructions").value_or("");
  work.format = fields.text("response_format").value_or("mp3");
  if (fields.ok() && media_type_of(work.format).empty()) {
    fields.reject("response_format",
                  std::format("'response_format' must be one of mp3, opus, aac, flac, wav and pcm, but '{}' came.",
                              shortened(work.format)));
  }
  work.speed = fields.number("speed", 0.25, 4);
  std::string stream = fields.text("stream_format").value_or("audio");
  request.events = stream == "sse";
  if (stream != "audio" && stream != "sse")
    fields.reject("stream_format",
                  std::format("'stream_format' must be audio or sse, but '{}' came.", shortened(stream)));
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return request;
}

SpeechFile::SpeechFile(std::string_view format) : media_type_(media_type_of(format)) {}

void SpeechFile::append(std::string& out, const Event& event) {
  if (auto* sound = std::get_if<Sound>(&event)) out += sound->bytes;
}

void SpeechEvents::append(std::string& out, const Event& event) {
  if (auto* sound = std::get_if<Sound>(&event)) {
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object().key("type").string("speech.audio.delta");
      json.key("audio").string(to_base64(as_bytes(sound->bytes))).end_object();
    });
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object().key("type").string("speech.audio.done").key("usage").begin_object();
      json.key("input_tokens").number(usage->prompt_tokens).key("output_tokens").number(usage->completion_tokens);
      json.key("total_tokens").number(usage->total_tokens()).end_object().end_object();
    });
  }
}

void SpeechEvents::fail(std::string& out, const Error& error) {
  append_sse(out, {}, [&](std::string& line) { line += encode_openai_error(error); });
}

}  // namespace entente::wire
