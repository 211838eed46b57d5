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
constexpr Kind speech = {.asking = "Speech", .does = "speaks"};
constexpr Kind hearing = {.asking = "Speech", .does = "writes speech down"};

Task<> hear(Context& context, const Services& services, bool to_english) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  std::string_view type = context.request().headers.get("content-type");
  CO_TRY_ASSIGN(Transcribe asked, wire::decode_transcription_request(type, body, to_english, context.model_in_path));
  std::string().swap(body);  // = {} would keep its memory
  bool stream = asked.stream;
  wire::TranscriptAnswer answer(asked);
  Work work = std::move(asked);
  CO_TRY(settle_model(services, work, hearing));
  if (stream) {
    wire::TranscriptStream events;
    co_return co_await answer_streamed(context, services, shared(std::move(work)), events);
  }
  co_return co_await answer_whole(context, services, shared(std::move(work)), answer);
}

}  // namespace

Task<> make_images(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(MakeImage asked, wire::decode_images_request(body, context.model_in_path));
  std::string().swap(body);  // = {} would keep its memory
  bool stream = asked.stream;
  auto now = services.clock->now().time_since_epoch();
  std::int64_t created = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  Work work = std::move(asked);
  CO_TRY(settle_model(services, work, images));
  if (stream) {
    wire::ImagesStream events(created);
    co_return co_await answer_streamed(context, services, shared(std::move(work)), events);
  }
  wire::ImagesAnswer answer(created);
  co_return co_await answer_whole(context, services, shared(std::move(work)), answer);
}

Task<> change_images(Context&, const Services&, std::string_view) {
  co_return fail({.code = ErrorCode::unsupported,
                  .message = "Changing images is not done here yet: images are made from words, at "
                             "/v1/images/generations.",
                  .reason = "no_deployment_for_this"});
}

Task<> speak(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::SpeechRequest request, wire::decode_speech_request(body, context.model_in_path));
  std::string().swap(body);  // = {} would keep its memory
  wire::SpeechFile file(request.work.format);
  wire::SpeechEvents events;
  Work work = std::move(request.work);
  CO_TRY(settle_model(services, work, speech));
  wire::StreamedAnswer& answer = request.events ? static_cast<wire::StreamedAnswer&>(events) : file;
  co_return co_await answer_streamed(context, services, shared(std::move(work)), answer);
}

Task<> transcribe(Context& context, const Services& services, std::string_view) {
  co_return co_await hear(context, services, false);
}

Task<> translate_speech(Context& context, const Services& services, std::string_view) {
  co_return co_await hear(context, services, true);
}

}  // namespace entente::api
