// /v1/files: what clients upload for batches, and what batches wrote. OpenAI's dialect.
#include "wire/openai/files.hpp"

#include <format>

#include "api/answer.hpp"
#include "api/batches.hpp"
#include "api/pages.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "base/worker.hpp"

namespace entente::api {

namespace {

Error not_there(std::string_view id) {
  return {.code = ErrorCode::not_found,
          .message = std::format("The file '{}' is not here: it was deleted, or its time is over.", shortened(id)),
          .reason = "file_not_found"};
}

Result<wire::StoredFile> found(Context& context, const Services& services, std::string_view id) {
  TRY(files_are_kept(services));
  auto file = services.files->find(id, context.principal.project);
  if (!file) return fail(not_there(id));
  return std::move(*file);
}

}  // namespace

Result<> files_are_kept(const Services& services) {
  if (services.files) return {};
  return fail({.code = ErrorCode::invalid_request,
               .message = "This server keeps no files, which batches need, too. Set files.keep to keep them.",
               .reason = "files_not_kept"});
}

Task<> upload_file(Context& context, const Services& services, std::string_view) {
  CO_TRY(files_are_kept(services));
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(auto form, wire::parse_multipart(context.request().headers.get("content-type"), body));
  CO_TRY_ASSIGN(wire::Upload upload, wire::read_upload(form));
  // As if this server were a deployment: what it keeps must meet the policies, too.
  CO_TRY(services.gateway->may_keep(asked_by(context, Work(Chat{.model = {}}))));
  upload.file.project = context.principal.project;
  auto add = [&] { return services.files->add(upload.file, upload.content, upload.lives); };
  CO_TRY_ASSIGN(wire::StoredFile file, co_await services.worker->run<wire::StoredFile>(add));
  co_return co_await context.reply(json_response(wire::encode_file(file)));
}

Task<> list_files(Context& context, const Services& services, std::string_view) {
  CO_TRY(files_are_kept(services));
  std::vector<wire::StoredFile> files = services.files->list(context.principal.project);
  std::string purpose = context.request().query_value("purpose");
  if (!purpose.empty()) std::erase_if(files, [&](const wire::StoredFile& file) { return file.purpose != purpose; });
  CO_TRY_ASSIGN(bool more, cut_to_page(context.request(), 10'000, files));
  co_return co_await context.reply(json_response(wire::encode_file_list(files, more)));
}

Task<> show_file(Context& context, const Services& services, std::string_view rest) {
  constexpr std::string_view whole = "/content";
  bool content = rest.ends_with(whole);
  std::string_view id = content ? rest.substr(0, rest.size() - whole.size()) : rest;
  CO_TRY_ASSIGN(wire::StoredFile file, found(context, services, id));
  if (!content) co_return co_await context.reply(json_response(wire::encode_file(file)));
  auto read = [&] { return services.files->content(file.id); };
  CO_TRY_ASSIGN(std::string bytes, co_await services.worker->run<std::string>(read));
  co_return co_await context.reply(
      {.status = 200, .headers = {{"content-type", "application/octet-stream"}}, .body = std::move(bytes)});
}

Task<> delete_file(Context& context, const Services& services, std::string_view id) {
  CO_TRY_ASSIGN(wire::StoredFile file, found(context, services, id));
  if (services.batches->uses(file.id)) {
    co_return fail({.code = ErrorCode::conflict,
                    .message = "A batch that is not over reads this file. Cancel the batch first.",
                    .reason = "file_in_use"});
  }
  auto remove = [&] { return services.files->remove(file.id); };
  CO_TRY(co_await services.worker->run(std::function<Result<>()>(remove)));
  co_return co_await context.reply(json_response(wire::encode_file_deleted(file.id)));
}

}  // namespace entente::api
