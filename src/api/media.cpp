// Pictures and speech, in OpenAI's dialect: work that goes to whichever deployment does it, by the same rules as text.
#include "api/able.hpp"
#include "api/answer.hpp"
#include "api/routes.hpp"
#include "wire/openai/images.hpp"
#include "wire/openai/speech.hpp"
#include "wire/openai/transcriptions.hpp"

namespace entente::api {

namespace {

constexpr Kind images = {.asking = "Making images", .does = "makes images"};
constexpr Kind changing = {.asking = "Changing images", .does = "makes images"};
constexpr Kind varying = {.asking = "Varying images", .does = "makes images"};
constexpr Kind speech = {.asking = "Speech", .does = "speaks"};
constexpr Kind hearing = {.asking = "Speech", .does = "writes speech down"};

ReadWork streamed_as(Work work, std::unique_ptr<wire::StreamedAnswer> answer) {
  return {.work = std::make_shared<Work>(std::move(work)), .streamed = std::move(answer), .whole = {}};
}

ReadWork whole_as(Work work, std::unique_ptr<wire::WholeAnswer> answer) {
  return {.work = std::make_shared<Work>(std::move(work)), .streamed = {}, .whole = std::move(answer)};
}

ReadWork images_as(MakeImage asked, Instant now) {
  MakeFrom from = asked.from;
  if (asked.stream) return streamed_as(std::move(asked), std::make_unique<wire::ImagesStream>(unix_seconds(now), from));
  return whole_as(std::move(asked), std::make_unique<wire::ImagesAnswer>(unix_seconds(now)));
}

Result<ReadWork> read_images(std::string_view body, const std::string& model_in_path, Instant now) {
  TRY_ASSIGN(MakeImage asked, wire::decode_images_request(body, model_in_path));
  return images_as(std::move(asked), now);
}

Result<ReadWork> read_speech(std::string_view body, const std::string& model_in_path, Instant) {
  TRY_ASSIGN(wire::SpeechRequest request, wire::decode_speech_request(body, model_in_path));
  if (request.events) return streamed_as(std::move(request.work), std::make_unique<wire::SpeechEvents>());
  auto file = std::make_unique<wire::SpeechFile>(request.work.format);
  return streamed_as(std::move(request.work), std::move(file));
}

// A form is gone when it has been read: what was uploaded is in the work.
Task<ReadWork> read_pictures(Context& context, MakeFrom from, Instant now) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  std::string_view type = context.request().headers.get("content-type");
  CO_TRY_ASSIGN(MakeImage asked, wire::decode_images_form(type, body, from, context.model_in_path));
  co_return images_as(std::move(asked), now);
}

Task<> change(Context& context, const Services& services, MakeFrom from) {
  CO_TRY_ASSIGN(ReadWork asked, co_await read_pictures(context, from, services.clock->now()));
  CO_TRY(settle_model(services, *asked.work, from == MakeFrom::pictures ? changing : varying));
  co_return co_await answer_as_wanted(context, services, asked);
}

Task<ReadWork> read_sound(Context& context, bool to_english) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  std::string_view type = context.request().headers.get("content-type");
  CO_TRY_ASSIGN(Transcribe asked, wire::decode_transcription_request(type, body, to_english, context.model_in_path));
  if (asked.stream) co_return streamed_as(std::move(asked), std::make_unique<wire::TranscriptStream>());
  auto answer = std::make_unique<wire::TranscriptAnswer>(asked);
  co_return whole_as(std::move(asked), std::move(answer));
}

Task<> hear(Context& context, const Services& services, bool to_english) {
  CO_TRY_ASSIGN(ReadWork asked, co_await read_sound(context, to_english));
  CO_TRY(settle_model(services, *asked.work, hearing));
  co_return co_await answer_as_wanted(context, services, asked);
}

}  // namespace

Task<> make_images(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_images, &images);
}

Task<> change_images(Context& context, const Services& services, std::string_view) {
  return change(context, services, MakeFrom::pictures);
}

Task<> vary_images(Context& context, const Services& services, std::string_view) {
  return change(context, services, MakeFrom::likeness);
}

Task<> speak(Context& context, const Services& services, std::string_view) {
  return answer_body(context, services, read_speech, &speech);
}

Task<> transcribe(Context& context, const Services& services, std::string_view) {
  return hear(context, services, false);
}

Task<> translate_speech(Context& context, const Services& services, std::string_view) {
  return hear(context, services, true);
}

}  // namespace entente::api
