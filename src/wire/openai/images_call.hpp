// Pictures asked of OpenAI, Azure and whoever speaks that dialect: a call as JSON, or as a form where pictures go
// along; its answer to Events. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/multipart.hpp"
#include "wire/openai/media_reply.hpp"

namespace entente::wire {

std::string encode_images_call(const MakeImage& work, std::string_view model);  // from words
FormCall encode_images_form(const MakeImage& work, std::string_view model);     // from pictures, or a likeness

class ImagesReply final : public MediaReply {
 public:
  ImagesReply(std::uint32_t count, std::uint64_t prompt_bytes) : MediaReply(0, prompt_bytes), count_(count) {}

 private:
  Result<> read_document(const Json& document) override;
  Result<> read_event(const Json& event) override;
  Result<std::shared_ptr<const Picture>> read_picture(const Json& item, const Json& around) const;

  const std::uint32_t count_;
  std::uint32_t made_ = 0;
};

}  // namespace entente::wire
