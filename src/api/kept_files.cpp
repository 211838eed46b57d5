#include "api/kept_files.hpp"

#include <algorithm>
#include <format>

#include "base/id.hpp"
#include "base/log.hpp"
#include "store/durable_file.hpp"

namespace entente::api {

namespace fs = std::filesystem;

Result<std::shared_ptr<KeptFiles>> KeptFiles::open(fs::path folder, std::chrono::seconds keep, const Clock& clock) {
  TRY(store::make_private_folder(folder));
  std::shared_ptr<KeptFiles> files(new KeptFiles(std::move(folder), keep, clock));
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(files->folder_, failure)) {
    if (entry.path().extension() != ".json") continue;
    TRY_ASSIGN(auto text, store::read_file(entry.path()));
    auto file = wire::decode_kept_file(text.value_or(""));
    if (!file) {
      log::error("A kept file's description cannot be read.",
                 {{"file", entry.path().string()}, {"why", file.error().message}});
      continue;
    }
    std::string id = file->id;
    files->files_[id] = std::move(*file);
  }
  return files;
}

std::int64_t KeptFiles::now() const { return unix_seconds(clock_.now()); }

void KeptFiles::date(wire::StoredFile& file, std::int64_t lives) const {
  file.created = now();
  file.expires = file.created + (lives > 0 ? std::min<std::int64_t>(lives, keep_.count()) : keep_.count());
}

fs::path KeptFiles::place(std::string_view id, std::string_view kind) const {
  return folder_ / std::format("{}.{}", id, kind);
}

// Its description makes a file one: written when its content is there, and taken away before that goes.
Result<> KeptFiles::describe(const wire::StoredFile& file) {
  TRY(store::replace_file(place(file.id, "json"), wire::encode_kept_file(file), 0600));
  std::lock_guard lock(mutex_);
  files_[file.id] = file;
  return {};
}

Result<wire::StoredFile> KeptFiles::add(wire::StoredFile file, std::string_view content, std::int64_t lives) {
  file.id = make_id("file", clock_.now());
  date(file, lives);
  TRY(store::replace_file(place(file.id, "data"), content, 0600));
  TRY(describe(file));
  return file;
}

Result<> KeptFiles::adopt(wire::StoredFile file, const fs::path& from, std::int64_t lives) {
  date(file, lives);
  std::error_code failure;
  if (fs::exists(from, failure)) TRY(store::move_file(from, place(file.id, "data")));
  file.bytes = static_cast<std::int64_t>(fs::file_size(place(file.id, "data"), failure));
  if (failure) return fail(ErrorCode::unavailable, std::format("{} is not there.", place(file.id, "data").string()));
  return describe(file);
}

Result<std::string> KeptFiles::content(std::string_view id) const {
  TRY_ASSIGN(auto bytes, store::read_file(place(id, "data")));
  if (bytes) return std::move(*bytes);
  return fail(ErrorCode::not_found, std::format("The content of the file '{}' is gone.", id));
}

Result<> KeptFiles::remove(std::string_view id) {
  {
    std::lock_guard lock(mutex_);
    auto found = files_.find(id);
    if (found != files_.end()) files_.erase(found);
  }
  std::error_code failure;
  fs::remove(place(id, "json"), failure);
  if (!failure) fs::remove(place(id, "data"), failure);
  if (!failure) return {};
  return fail(ErrorCode::unavailable, std::format("The file '{}' cannot be deleted: {}.", id, failure.message()));
}

std::optional<wire::StoredFile> KeptFiles::find(std::string_view id, std::string_view project) {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  if (found == files_.end() || found->second.project != project || found->second.expires <= now()) return std::nullopt;
  return found->second;
}

std::vector<wire::StoredFile> KeptFiles::list(std::string_view project) {
  std::lock_guard lock(mutex_);
  std::vector<wire::StoredFile> out;
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    if (file->second.project == project && file->second.expires > now()) out.push_back(file->second);
  }
  return out;
}

void KeptFiles::drop_what_is_over() {
  std::vector<std::string> over;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, file] : files_) {
      if (file.expires <= now()) over.push_back(id);
    }
  }
  for (const std::string& id : over) {
    if (in_use_(id)) continue;
    if (Result<> done = remove(id); !done) log::warning(done.error().message);
  }
}

}  // namespace entente::api
