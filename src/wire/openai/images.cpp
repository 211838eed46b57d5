#include "wire/openai/images.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/error.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

void write_form(JsonWriter& json, const Picture& picture) {
  auto member = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) json.key(name).string(value);
  };
  member("background", picture.background);
  member("output_format", picture.format);
  member("quality", picture.quality);
  member("size", picture.size);
}

void write_picture(JsonWriter& json, const Picture& picture) {
  if (picture.url.empty()) {
    json.key("b64_json").string(to_base64(as_bytes(picture.bytes)));
  } else {
    json.key("url").string(picture.url);
  }
}

void write_usage(JsonWriter& json, const Usage& usage, const Picture& picture) {
  if (usage.total_tokens() == 0) return;  // its maker counts pictures
  json.key("usage").begin_object().key("input_tokens").number(usage.prompt_tokens);
  std::int64_t of_pictures = std::min(picture.source_tokens, usage.prompt_tokens);
  json.key("input_tokens_details").begin_object().key("image_tokens").number(of_pictures);
  json.key("text_tokens").number(usage.prompt_tokens - of_pictures).end_object();
  json.key("output_tokens").number(usage.completion_tokens);
  json.key("total_tokens").number(usage.total_tokens()).end_object();
}

}  // namespace

void ImagesAnswer::add(const Event& event) {
  if (auto* made = std::get_if<PictureMade>(&event); made && !made->sketch) pictures_.push_back(made->picture);
  if (auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
}

std::string ImagesAnswer::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("created").number(created_).key("data").begin_array();
  for (const auto& picture : pictures_) {
    json.begin_object();
    write_picture(json, *picture);
    if (!picture->revised_prompt.empty()) json.key("revised_prompt").string(picture->revised_prompt);
    json.end_object();
  }
  json.end_array();
  if (!pictures_.empty()) write_form(json, *pictures_.front());
  if (!pictures_.empty()) write_usage(json, usage_, *pictures_.front());
  json.end_object();
  return out;
}

void ImagesStream::append(std::string& out, const Event& event) {
  auto write = [&](std::string_view type, const Picture& picture, auto more) {
    append_sse(out, type, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object().key("type").string(type).key("created_at").number(created_);
      write_picture(json, picture);
      write_form(json, picture);
      more(json);
      json.end_object();
    });
  };
  if (auto* made = std::get_if<PictureMade>(&event); made && !made->sketch) {
    pictures_.push_back(made->picture);
  } else if (made) {
    auto number = [&](JsonWriter& json) { json.key("partial_image_index").number(std::int64_t{*made->sketch}); };
    write(changed_ ? "image_edit.partial_image" : "image_generation.partial_image", *made->picture, number);
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    // All of it with the last: what was used counts all pictures.
    for (const auto& picture : pictures_) {
      bool last = picture == pictures_.back();
      auto used = [&](JsonWriter& json) {
        if (last) write_usage(json, *usage, *picture);
      };
      write(changed_ ? "image_edit.completed" : "image_generation.completed", *picture, used);
    }
  }
}

void ImagesStream::fail(std::string& out, const Error& error) {
  append_sse(out, "error", [&](std::string& line) { line += encode_openai_error(error); });
}

}  // namespace entente::wire
