#include "wire/openai/speech_call.hpp"

#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {
constexpr std::uint64_t usual_bytes_of_a_token = 4;
}

std::string encode_speech_call(const Speak& work, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("input").string(work.text).key("voice").string(work.voice);
  if (!work.instructions.empty()) json.key("instructions").string(work.instructions);
  json.key("response_format").string(work.format);
  if (work.speed) json.key("speed").number(*work.speed);
  json.end_object();
  return out;
}

Result<> SpeechReply::take(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (!said_) {
    said_ = true;
    assembly_.usage({.prompt_tokens = static_cast<std::int64_t>(prompt_bytes_ / usual_bytes_of_a_token + 1)});
  }
  assembly_.made(Sound{std::string(bytes)});
  return {};
}

Result<> SpeechReply::at_end() {
  if (said_) return {};
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The provider answered with an empty file instead of speech.",
               .reason = "bad_reply"});
}

}  // namespace entente::wire
