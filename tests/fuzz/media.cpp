// Pictures, speech, judgements, vectors and counts (wire/openai/images.hpp, transcriptions.hpp, moderations.hpp and
// their calls): a request becomes work or is refused in words, what is sent on can be read again, and an answer is the
// same however it is cut.
#include <algorithm>

#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/gemini/embed_call.hpp"
#include "wire/guard/judging.hpp"
#include "wire/json.hpp"
#include "wire/multipart.hpp"
#include "wire/openai/embeddings_call.hpp"
#include "wire/openai/images.hpp"
#include "wire/openai/images_call.hpp"
#include "wire/openai/moderations.hpp"
#include "wire/openai/moderations_call.hpp"
#include "wire/openai/speech.hpp"
#include "wire/openai/speech_call.hpp"
#include "wire/openai/transcriptions.hpp"
#include "wire/openai/transcriptions_call.hpp"
#include "wire/test_reply.hpp"
#include "wire/token_count.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void requests(std::string_view body) {
  if (auto images = wire::decode_images_request(body)) {
    auto again = wire::decode_images_request(wire::encode_images_call(*images, "m"));
    require(again && again->prompt == images->prompt && again->count == images->count, "a call says what was asked");
  } else {
    require_good_refusal(images.error());
  }
  if (auto speech = wire::decode_speech_request(body)) {
    auto again = wire::decode_speech_request(wire::encode_speech_call(speech->work, "m"));
    require(again && again->work.text == speech->work.text, "a call says what was asked");
  } else {
    require_good_refusal(speech.error());
  }
  if (auto judged = wire::decode_moderation_request(body)) {
    auto again = wire::decode_moderation_request(wire::encode_moderation_call(*judged, "m"));
    require(again && again->inputs == judged->inputs, "a call says what was asked");
  } else {
    require_good_refusal(judged.error());
  }
  for (MakeFrom from : {MakeFrom::pictures, MakeFrom::likeness}) {
    auto made = wire::decode_images_form("multipart/form-data; boundary=XX", body, from);
    if (!made) {
      require_good_refusal(made.error());
      continue;
    }
    wire::FormCall call = wire::encode_images_form(*made, "m");
    auto again = wire::decode_images_form(call.content_type, call.body, from);
    require(again && again->pictures == made->pictures && again->mask == made->mask && again->prompt == made->prompt &&
                again->count == made->count,
            "a call says what was asked");
  }
  for (bool to_english : {false, true}) {
    auto heard = wire::decode_transcription_request("multipart/form-data; boundary=XX", body, to_english);
    if (!heard) {
      require_good_refusal(heard.error());
      continue;
    }
    wire::FormCall call = wire::encode_transcription_call(*heard, heard->model);
    auto again = wire::decode_transcription_request(call.content_type, call.body, to_english);
    require(again && again->audio == heard->audio && again->prompt == heard->prompt, "a call says what was asked");
  }
  for (wire::GuardForm form : {wire::GuardForm::llama_guard, wire::GuardForm::schema}) {
    if (auto judgement = wire::read_guard(body, form); !judgement)
      require(!judgement.error().message.empty(), "a failure says something");
  }
}

std::unique_ptr<wire::ReplyDecoder> decoder_of(std::uint8_t kind) {
  switch (kind % 7) {
    case 0: return std::make_unique<wire::ImagesReply>(2, 40);
    case 1: return std::make_unique<wire::TranscriptReply>(40);
    case 2: return std::make_unique<wire::TranscriptText>(40);
    case 3: return std::make_unique<wire::ModerationReply>(2, 40);
    case 4: return std::make_unique<wire::EmbeddingsReply>(2, 40);
    case 5: return std::make_unique<wire::EmbedContentsReply>(2, 40);
    default: return std::make_unique<wire::TokenCountReply>("input_tokens");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes = fuzz::text_of(data + 2, size - 2);
  requests(bytes);
  auto whole = decoder_of(data[0]), pieces = decoder_of(data[0]);
  auto at_once = wire::replay(*whole, bytes, std::max<std::size_t>(bytes.size(), 1));
  auto cut = wire::replay(*pieces, bytes, std::size_t{data[1]} % 31 + 1);
  require(at_once.back() == cut.back(), "the end does not depend on the pieces");
  if (!at_once.back().starts_with("failed: ")) require(at_once == cut, "it does not depend on the pieces");
  return 0;
}
