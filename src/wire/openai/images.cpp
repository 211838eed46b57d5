#include "wire/openai/images.hpp"

#include <format>
#include <initializer_list>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/parts.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_prompt = 32'000;  // characters, the reference's
constexpr std::size_t most_word = 32;

// A word that its maker knows: "1024x1024", "hd", "vivid".
std::string read_word(Fields& fields, std::string_view name) {
  std::string word = fields.text(name).value_or("");
  if (word.size() > most_word)
    fields.reject(name, std::format("'{}' must be one word, but '{}…' came.", name, shortened(word, most_word)));
  return word;
}

std::string read_one_of(Fields& fields, std::string_view name, std::initializer_list<std::string_view> known) {
  std::string word = fields.text(name).value_or("");
  std::string words;
  for (std::string_view one : known) {
    if (word.empty() || word == one) return word;
    words += std::format("{}{}", words.empty() ? "" : ", ", one);
  }
  fields.reject(name, std::format("'{}' must be one of {}, but '{}' came.", name, words, shortened(word)));
  return {};
}

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

void write_usage(JsonWriter& json, const Usage& usage) {
  if (usage.total_tokens() == 0) return;  // its maker counts pictures
  json.key("usage").begin_object().key("input_tokens").number(usage.prompt_tokens);
  json.key("input_tokens_details").begin_object().key("image_tokens").number(std::int64_t{0});
  json.key("text_tokens").number(usage.prompt_tokens).end_object();
  json.key("output_tokens").number(usage.completion_tokens);
  json.key("total_tokens").number(usage.total_tokens()).end_object();
}

}  // namespace

Result<MakeImage> decode_images_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  MakeImage work;
  work.model = read_optional_model_name(fields, model);
  work.prompt = fields.required_text("prompt");
  if (fields.ok() && (work.prompt.empty() || work.prompt.size() > most_prompt * 4))
    fields.reject("prompt", std::format("'prompt' must have 1 to {} characters.", most_prompt));
  work.count = static_cast<std::uint32_t>(fields.integer("n", 1, 10).value_or(1));
  work.size = read_word(fields, "size");
  work.quality = read_word(fields, "quality");
  work.style = read_word(fields, "style");
  work.background = read_one_of(fields, "background", {"auto", "transparent", "opaque"});
  work.moderation = read_one_of(fields, "moderation", {"auto", "low"});
  work.format = read_one_of(fields, "output_format", {"png", "jpeg", "webp"});
  work.delivery = read_one_of(fields, "response_format", {"b64_json", "url"});
  if (auto percent = fields.integer("output_compression", 0, 100))
    work.compression = static_cast<std::uint32_t>(*percent);
  work.stream = fields.boolean("stream").value_or(false);
  work.partial_images = static_cast<std::uint32_t>(fields.integer("partial_images", 0, 3).value_or(0));
  if (work.partial_images > 0 && !work.stream)
    fields.reject("partial_images", "'partial_images' needs 'stream' to be true.");
  work.end_user = read_openai_end_user(fields);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return work;
}

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
  write_usage(json, usage_);
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
    write("image_generation.partial_image", *made->picture, number);
  } else if (auto* usage = std::get_if<Usage>(&event)) {
    // All of it with the last: what was used counts all pictures.
    for (const auto& picture : pictures_) {
      bool last = picture == pictures_.back();
      auto used = [&](JsonWriter& json) {
        if (last) write_usage(json, *usage);
      };
      write("image_generation.completed", *picture, used);
    }
  }
}

void ImagesStream::fail(std::string& out, const Error& error) {
  append_sse(out, "error", [&](std::string& line) { line += encode_openai_error(error); });
}

}  // namespace entente::wire
