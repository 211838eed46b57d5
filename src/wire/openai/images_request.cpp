// Request half of OpenAI's images: words as JSON; pictures, and words beside them, as a form.
#include <format>
#include <initializer_list>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/names.hpp"
#include "wire/openai/images.hpp"
#include "wire/openai/parts.hpp"

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

constexpr std::size_t most_pictures = 16, most_name = 200;
constexpr std::string_view numbers[] = {"n", "output_compression", "partial_images"};
constexpr std::string_view booleans[] = {"stream"};

// Of drawings, films and plans of pictures, which no maker's model makes through here.
constexpr std::string_view not_here_yet[] = {"complexity", "frame_count", "frame_duration_ms", "svg"};

void read_prompt(Fields& fields, MakeImage& work) {
  work.prompt = fields.required_text("prompt");
  if (fields.ok() && (work.prompt.empty() || work.prompt.size() > most_prompt * 4))
    fields.reject("prompt", std::format("'prompt' must have 1 to {} characters.", most_prompt));
}

// What every kind of picture can be asked for.
void read_common(Fields& fields, MakeImage& work, std::string_view model) {
  work.model = read_optional_model_name(fields, model);
  work.count = static_cast<std::uint32_t>(fields.integer("n", 1, 10).value_or(1));
  work.size = read_word(fields, "size");
  work.delivery = read_one_of(fields, "response_format", {"b64_json", "url"});
  work.end_user = read_openai_end_user(fields);
}

// What only models that understand words can be asked for.
void read_looks(Fields& fields, MakeImage& work) {
  work.quality = read_word(fields, "quality");
  work.background = read_one_of(fields, "background", {"auto", "transparent", "opaque"});
  work.moderation = read_one_of(fields, "moderation", {"auto", "low"});
  work.format = read_one_of(fields, "output_format", {"png", "jpeg", "webp"});
  if (auto percent = fields.integer("output_compression", 0, 100))
    work.compression = static_cast<std::uint32_t>(*percent);
  work.stream = fields.boolean("stream").value_or(false);
  work.partial_images = static_cast<std::uint32_t>(fields.integer("partial_images", 0, 3).value_or(0));
  if (work.partial_images > 0 && !work.stream)
    fields.reject("partial_images", "'partial_images' needs 'stream' to be true.");
  fields.refuse(not_here_yet);
}

std::unexpected<Error> wrong(std::string param, std::string message) {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::move(message),
               .reason = "invalid_value",
               .param = std::move(param)});
}

Result<PictureFile> read_file(const FormPart& part, std::string_view param) {
  if (part.filename.empty())
    return wrong(std::string(param), std::format("'{}' must be a file of the form, but a text came.", param));
  if (part.filename.size() > most_name || find_invalid_utf8(part.filename) != std::string_view::npos)
    return wrong(std::string(param), std::format("The file of '{}' must have a shorter name, in UTF-8.", param));
  if (picture_type(part.content).empty())
    return wrong(std::string(param), std::format("The file of '{}' must be a PNG, JPEG or WebP picture.", param));
  return PictureFile{.name = part.filename, .bytes = std::string(part.content)};
}

bool is_picture(const FormPart& part) { return part.name == "image" || part.name == "image[]"; }

// A file that no member can be: there is nothing to read but its name.
bool is_no_text(const FormPart& part) {
  return !part.filename.empty() && find_invalid_utf8(part.content) != std::string_view::npos;
}

}  // namespace

Result<MakeImage> decode_images_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  MakeImage work;
  read_common(fields, work, model);
  read_prompt(fields, work);
  read_looks(fields, work);
  work.style = read_word(fields, "style");
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return work;
}

Result<MakeImage> decode_images_members(const Json& members, MakeFrom from, std::string_view model) {
  Fields fields(members, "");
  MakeImage work{.from = from};
  read_common(fields, work, model);
  if (from == MakeFrom::pictures) {
    read_prompt(fields, work);
    read_looks(fields, work);
    work.fidelity = read_one_of(fields, "input_fidelity", {"low", "high"});
    fields.refuse("markup", "Use 'mask' to say which part changes.");
  }
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return work;
}

Result<MakeImage> decode_images_form(std::string_view content_type, std::string_view body, MakeFrom from,
                                     std::string_view model) {
  TRY_ASSIGN(std::vector<FormPart> parts, parse_multipart(content_type, body));
  auto is_mask = [&](const FormPart& part) { return part.name == "mask" && from == MakeFrom::pictures; };
  std::vector<FormPart> said;
  for (const FormPart& part : parts) {
    if (is_picture(part) || is_mask(part)) continue;
    said.push_back(part);
    if (is_no_text(part)) said.back().content = {};
  }
  TRY_ASSIGN(Json members, form_members(said, {}, numbers, booleans));
  TRY_ASSIGN(MakeImage work, decode_images_members(members, from, model));
  std::size_t most = from == MakeFrom::likeness ? 1 : most_pictures;
  for (const FormPart& part : parts) {
    if (is_picture(part)) {
      if (work.pictures.size() == most)
        return wrong("image", std::format("'image' must be at most {} picture{}.", most, most == 1 ? "" : "s"));
      TRY_ASSIGN(PictureFile picture, read_file(part, "image"));
      work.pictures.push_back(std::move(picture));
    } else if (is_mask(part)) {
      if (work.mask) return wrong("mask", "'mask' must be one picture.");
      TRY_ASSIGN(work.mask, read_file(part, "mask"));
    } else if (is_no_text(part)) {  // what is not known was refused by its name above
      return wrong(part.name, std::format("'{}' must be a text of the form, but a file came.", part.name));
    }
  }
  if (work.pictures.empty()) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "'image' is missing: the form must have a picture as a file.",
                 .reason = "missing_required_parameter",
                 .param = "image"});
  }
  return work;
}

}  // namespace entente::wire
