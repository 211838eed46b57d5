#include "wire/openai/images_call.hpp"

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_address = 8192;

std::string word(const Json& of, std::string_view name) {
  const std::string* text = of.text(name);
  return text ? *text : std::string();
}

}  // namespace

std::string encode_images_call(const MakeImage& work, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("prompt").string(work.prompt);
  auto member = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) json.key(name).string(value);
  };
  if (work.count > 1) json.key("n").number(std::int64_t{work.count});
  member("size", work.size);
  member("quality", work.quality);
  member("style", work.style);
  member("background", work.background);
  member("moderation", work.moderation);
  member("output_format", work.format);
  member("response_format", work.delivery);
  if (work.compression) json.key("output_compression").number(std::int64_t{*work.compression});
  if (work.stream) json.key("stream").boolean(true);
  if (work.partial_images > 0) json.key("partial_images").number(std::int64_t{work.partial_images});
  member("user", work.end_user);
  json.end_object();
  return out;
}

FormCall encode_images_form(const MakeImage& work, std::string_view model) {
  std::size_t bytes = work.mask ? work.mask->bytes.size() : 0;
  for (const PictureFile& picture : work.pictures) bytes += picture.bytes.size();
  FormWriter form(bytes);
  auto file = [&](std::string_view name, const PictureFile& picture) {
    form.file(name, picture.name, picture.bytes, picture_type(picture.bytes));
  };
  auto member = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) form.text(name, value);
  };
  // One is "image", which older models know alone.
  for (const PictureFile& picture : work.pictures) file(work.pictures.size() == 1 ? "image" : "image[]", picture);
  if (work.mask) file("mask", *work.mask);
  form.text("model", model);
  member("prompt", work.prompt);
  if (work.count > 1) form.text("n", std::to_string(work.count));
  member("size", work.size);
  member("quality", work.quality);
  member("background", work.background);
  member("moderation", work.moderation);
  member("input_fidelity", work.fidelity);
  member("output_format", work.format);
  member("response_format", work.delivery);
  if (work.compression) form.text("output_compression", std::to_string(*work.compression));
  if (work.stream) form.text("stream", "true");
  if (work.partial_images > 0) form.text("partial_images", std::to_string(work.partial_images));
  member("user", work.end_user);
  std::string type = form.content_type();
  return {.content_type = std::move(type), .body = std::move(form).finish()};
}

Result<std::shared_ptr<const Picture>> ImagesReply::read_picture(const Json& item, const Json& around) const {
  auto picture = std::make_shared<Picture>();
  picture->url = word(item, "url");
  picture->revised_prompt = word(item, "revised_prompt");
  picture->background = word(around, "background");
  picture->format = word(around, "output_format");
  picture->quality = word(around, "quality");
  picture->size = word(around, "size");
  const Json* usage = around.find("usage");
  const Json* details = usage ? usage->find("input_tokens_details") : nullptr;
  const std::int64_t* of_pictures = details ? details->integer("image_tokens") : nullptr;
  if (of_pictures && *of_pictures > 0) picture->source_tokens = *of_pictures;
  if (const std::string* packed = item.text("b64_json")) {
    auto bytes = from_base64(*packed);
    if (!bytes || bytes->empty()) return bad("The provider answered with a picture that is no base64.");
    picture->bytes = std::move(*bytes);
    picture->url.clear();
  } else if (picture->url.empty() || picture->url.size() > most_address) {
    return bad("The provider answered with a picture that is none.");
  }
  return picture;
}

Result<> ImagesReply::read_document(const Json& document) {
  const Json::Array* data = document.array("data");
  if (!data || data->empty()) return bad("The provider answered without a picture.");
  if (data->size() > count_) return bad("The provider answered with more pictures than were asked for.");
  if (auto used = usage_in(document)) assembly_.usage(*used);
  for (const Json& item : *data) {
    TRY_ASSIGN(auto picture, read_picture(item, document));
    assembly_.made(PictureMade{.index = made_++, .sketch = std::nullopt, .picture = std::move(picture)});
  }
  return {};
}

Result<> ImagesReply::read_event(const Json& event) {
  std::string type = word(event, "type");
  if (type == "image_generation.partial_image" || type == "image_edit.partial_image") {
    TRY_ASSIGN(auto picture, read_picture(event, event));
    const std::int64_t* number = event.integer("partial_image_index");
    bool known = number && *number >= 0 && *number < 100;
    assembly_.made(PictureMade{
        .index = made_, .sketch = known ? static_cast<std::uint32_t>(*number) : 0, .picture = std::move(picture)});
  } else if (type == "image_generation.completed" || type == "image_edit.completed") {
    if (made_ == count_) return bad("The provider answered with more pictures than were asked for.");
    TRY_ASSIGN(auto picture, read_picture(event, event));
    if (auto used = usage_in(event)) assembly_.usage(*used);
    assembly_.made(PictureMade{.index = made_++, .sketch = std::nullopt, .picture = std::move(picture)});
    if (made_ == count_) whole();
  }
  return {};
}

}  // namespace entente::wire
