#include "wire/openai/files.hpp"

#include <charconv>
#include <format>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

std::unexpected<Error> wrong(std::string param, std::string message, std::string reason = "invalid_value") {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::move(message),
               .reason = std::move(reason),
               .param = std::move(param)});
}

void write_members(JsonWriter& json, const StoredFile& file) {
  json.key("id").string(file.id).key("object").string("file").key("bytes").number(file.bytes);
  json.key("created_at").number(file.created).key("expires_at");
  file.expires > 0 ? json.number(file.expires) : json.null();
  json.key("filename").string(file.name).key("purpose").string(file.purpose).key("status").string("processed");
  json.key("status_details").null();
}

}  // namespace

Result<Upload> read_upload(const std::vector<FormPart>& form) {
  Upload upload;
  bool file_came = false;
  for (const FormPart& part : form) {
    if (part.name == "file") {
      file_came = true;
      upload.content = part.content;
      upload.file.name = std::string(shortened(part.filename, 255));
    } else if (part.name == "purpose") {
      upload.file.purpose = std::string(part.content);
    } else if (part.name == "expires_after[anchor]") {
      if (part.content != "created_at") return wrong(part.name, "'expires_after[anchor]' must be created_at.");
    } else if (part.name == "expires_after[seconds]") {
      auto [end, failure] =
          std::from_chars(part.content.data(), part.content.data() + part.content.size(), upload.lives);
      if (failure != std::errc() || end != part.content.data() + part.content.size() || upload.lives < 1)
        return wrong(part.name, "'expires_after[seconds]' must be a number of seconds.");
    } else {
      return wrong(std::string(shortened(part.name)),
                   std::format("The form's part '{}' is not known here.", shortened(part.name)), "unknown_parameter");
    }
  }
  if (!file_came) return wrong("file", "The form has no part 'file'.", "missing_required_parameter");
  if (upload.file.purpose != "batch") {
    return wrong("purpose",
                 std::format("'purpose' must be batch, but '{}' came: files are kept for batches only.",
                             shortened(upload.file.purpose)),
                 upload.file.purpose.empty() ? "missing_required_parameter" : "unsupported_value");
  }
  upload.file.bytes = static_cast<std::int64_t>(upload.content.size());
  return upload;
}

std::string encode_file(const StoredFile& file) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, file);
  json.end_object();
  return out;
}

std::string encode_file_list(const std::vector<StoredFile>& files, bool more) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const StoredFile& file : files) json.raw(encode_file(file));
  json.end_array().key("first_id");
  files.empty() ? json.null() : json.string(files.front().id);
  json.key("last_id");
  files.empty() ? json.null() : json.string(files.back().id);
  json.key("has_more").boolean(more).end_object();
  return out;
}

std::string encode_file_deleted(std::string_view id) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id).key("object").string("file").key("deleted").boolean(true).end_object();
  return out;
}

std::string encode_kept_file(const StoredFile& file) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, file);
  json.key("project").string(file.project).end_object();
  return out;
}

Result<StoredFile> decode_kept_file(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields fields(document, "");
  constexpr std::int64_t most = INT64_MAX;
  StoredFile file{.id = fields.required_text("id"),
                  .name = fields.text("filename").value_or(""),
                  .purpose = fields.required_text("purpose"),
                  .project = fields.required_text("project"),
                  .bytes = fields.integer("bytes", 0, most).value_or(0),
                  .created = fields.integer("created_at", 0, most).value_or(0),
                  .expires = fields.integer("expires_at", 0, most).value_or(0)};
  if (!fields.ok()) return fail(fields.error());
  return file;
}

}  // namespace entente::wire
