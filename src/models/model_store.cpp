#include "models/model_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <fstream>
#include <iterator>
#include <map>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/suggest.hpp"
#include "models/catalogue.hpp"

namespace entente::models {

namespace fs = std::filesystem;

namespace {

Error cannot(std::string_view doing, const fs::path& path, int code) {
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    return {.code = ErrorCode::unavailable,
            .message = std::format(
                "There is no room left at {} for the model. Free some and try again; nothing was installed.",
                path.parent_path().string())};
  }
  return {.code = ErrorCode::unavailable,
          .message = std::format("Cannot {} {}: {}.", doing, path.string(), std::strerror(code))};
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Result<File> open_file(const fs::path& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return fail(cannot(flags & O_CREAT ? "write" : "read", path, errno));
  return File(fd);
}

Result<> sync_folder(const fs::path& folder) {
  TRY_ASSIGN(File file, open_file(folder, O_RDONLY | O_DIRECTORY));
  if (::fsync(file.fd()) != 0) return fail(cannot("write", folder, errno));
  return {};
}

Result<> write_all(const File& file, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(file.fd(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(cannot("write", path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

// Held until destroyed; waits for another process that changes the store now.
Result<File> lock_store(const fs::path& folder) {
  std::error_code failure;
  for (const char* part : {"blobs", "names", "partial"}) {
    fs::create_directories(folder / part, failure);
    if (failure) {
      return fail(ErrorCode::unavailable,
                  std::format("The model folder {} cannot be made: {}. Make it, or set ENTENTE_MODELS.",
                              folder.string(), failure.message()));
    }
  }
  TRY_ASSIGN(File lock, open_file(folder / "lock", O_RDWR | O_CREAT));
  while (::flock(lock.fd(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(cannot("lock", folder / "lock", errno));
  }
  return lock;
}

// A name file: one "key: value" a line. Names and hashes hold no line breaks; free text has them replaced.
std::string encode(const Installed& model) {
  auto line = [](std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
  };
  std::string out = std::format("name: {}\nsha256: {}\nbytes: {}\nmaker: {}\nlicence: {}\nsource: {}\nadded: {}\n",
                                model.name, model.sha256, model.bytes, line(model.maker), line(model.licence),
                                line(model.source), model.added.time_since_epoch().count());
  // What the catalogue says of a file is read there each time; of one that was made here it says nothing.
  if (model.made_from.empty()) return out;
  out += std::format("made from: {}\n", model.made_from);
  if (model.sampling.temperature) out += std::format("temperature: {}\n", *model.sampling.temperature);
  if (model.sampling.top_p) out += std::format("top_p: {}\n", *model.sampling.top_p);
  return out;
}

std::optional<Installed> decode(const fs::path& folder, const fs::path& file) {
  std::ifstream in(file);
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(in, line);) {
    if (auto colon = line.find(": "); colon != std::string::npos)
      fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  Installed model{.name = fields["name"],
                  .sha256 = fields["sha256"],
                  .bytes = std::strtoull(fields["bytes"].c_str(), nullptr, 10),
                  .maker = fields["maker"],
                  .licence = fields["licence"],
                  .source = fields["source"],
                  .sampling = recommended_sampling(fields["sha256"]),
                  .made_from = fields["made from"],
                  .added = Instant(std::chrono::microseconds(std::strtoll(fields["added"].c_str(), nullptr, 10))),
                  .path = {}};
  if (!check_model_name(model.name) || model.sha256.size() != 64) return std::nullopt;
  if (fields.contains("temperature")) model.sampling.temperature = std::strtod(fields["temperature"].c_str(), nullptr);
  if (fields.contains("top_p")) model.sampling.top_p = std::strtod(fields["top_p"].c_str(), nullptr);
  model.path = folder / "blobs" / ("sha256-" + model.sha256 + ".gguf");
  std::error_code failure;
  if (fs::file_size(model.path, failure) != model.bytes || failure) return std::nullopt;
  return model;
}

fs::path name_file(const fs::path& folder, std::string_view name) {
  std::string file(name);
  std::ranges::replace(file, ':', '+');
  return folder / "names" / file;
}

Result<std::string> hash_of(const fs::path& file, const ModelStore::Progress& progress) {
  TRY_ASSIGN(File in, open_file(file, O_RDONLY));
  std::error_code ignored;
  std::uint64_t total = fs::file_size(file, ignored), done = 0;
  Sha256 sha;
  std::vector<char> piece(1024 * 1024);
  while (true) {
    ssize_t n = ::read(in.fd(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(cannot("read", file, errno));
    if (n == 0) break;
    sha.update({piece.data(), static_cast<std::size_t>(n)});
    done += static_cast<std::uint64_t>(n);
    if (progress) progress(done, total);
  }
  return to_hex(sha.finish());
}

// A copy into the store's partial folder. Not a hard link: whoever owns the other name could change the model under us.
// copy_file_range shares the blocks where the file system can.
Result<> bring(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::remove(to, failure);
  TRY_ASSIGN(File in, open_file(from, O_RDONLY));
  TRY_ASSIGN(File out, open_file(to, O_WRONLY | O_CREAT | O_TRUNC));
  while (true) {
    ssize_t n = ::copy_file_range(in.fd(), nullptr, out.fd(), nullptr, 64 * 1024 * 1024, 0);
    if (n == 0) break;
    if (n > 0) continue;
    if (errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
      return fail(cannot("write", to, errno));
    std::vector<char> piece(1024 * 1024);  // another kind of file system: by hand, from where we are
    while (true) {
      ssize_t m = ::read(in.fd(), piece.data(), piece.size());
      if (m < 0 && errno == EINTR) continue;
      if (m < 0) return fail(cannot("read", from, errno));
      if (m == 0) break;
      TRY(write_all(out, to, {piece.data(), static_cast<std::size_t>(m)}));
    }
    break;
  }
  if (::fsync(out.fd()) != 0) return fail(cannot("write", to, errno));
  return {};
}

}  // namespace

Result<> check_model_name(std::string_view name) {
  auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  std::string_view base = name.substr(0, name.find(':'));
  std::string_view tag = base.size() == name.size() ? std::string_view("-") : name.substr(base.size() + 1);
  if (!base.empty() && !tag.empty() && base[0] != '.' && name.size() <= 100 && std::ranges::all_of(base, good) &&
      std::ranges::all_of(tag, good)) {
    return {};
  }
  return fail(ErrorCode::invalid_request, std::format("'{}' is no name for a model. Use small letters, digits, '.', "
                                                      "'_' and '-', and one ':' before a tag: smollm2:135m.",
                                                      name.substr(0, 100)));
}

Result<std::vector<Installed>> ModelStore::list() const {
  std::vector<Installed> models;
  std::error_code failure;
  for (fs::directory_iterator at(folder_ / "names", failure), end; !failure && at != end; at.increment(failure)) {
    if (at->path().extension() == ".new") continue;  // on its way
    if (auto model = decode(folder_, at->path())) models.push_back(std::move(*model));
  }
  std::ranges::sort(models, {}, &Installed::name);
  return models;
}

std::vector<std::string> ModelStore::damaged() const {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator at(folder_ / "names", failure), end; !failure && at != end; at.increment(failure)) {
    if (at->path().extension() == ".new" || decode(folder_, at->path())) continue;
    std::string name = at->path().filename().string();
    std::ranges::replace(name, '+', ':');
    names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Result<Installed> ModelStore::find(std::string_view name) const {
  TRY(check_model_name(name));
  if (auto model = decode(folder_, name_file(folder_, name)); model && model->name == name) return std::move(*model);
  if (std::error_code failure; fs::exists(name_file(folder_, name), failure)) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("The model {} is installed, but its file is missing or has another size. Fetch "
                                        "or import it again under this name.",
                                        name),
                 .reason = "model_file_damaged"});
  }
  TRY_ASSIGN(std::vector<Installed> installed, list());
  std::vector<std::string> names;
  names.reserve(installed.size());
  for (const Installed& model : installed) names.push_back(model.name);
  std::string near = nearest_name(name, names);
  return fail(
      {.code = ErrorCode::not_found,
       .message = std::format("The model {} is not installed. {}", name,
                              near.empty() ? std::format("`entente models pull {}` brings it, if it is known.", name)
                                           : std::format("Did you mean {}?", near)),
       .reason = "model_not_found"});
}

Result<Installed> ModelStore::import_file(const fs::path& file, std::string_view name, std::string_view source,
                                          std::string_view expected_sha256, const Progress& progress) {
  return install(file, name, source, expected_sha256, progress, Take::copy);
}

Result<Installed> ModelStore::adopt(const fs::path& file, std::string_view name, std::string_view source,
                                    std::string_view expected_sha256, const Progress& progress) {
  return install(file, name, source, expected_sha256, progress, Take::move);
}

Result<Installed> ModelStore::adopt_made(const fs::path& file, std::string_view name, const Installed& from,
                                         std::string_view how) {
  return install(file, name, how, {}, {}, Take::move, &from);
}

Result<Installed> ModelStore::install(const fs::path& file, std::string_view name, std::string_view source,
                                      std::string_view expected_sha256, const Progress& progress, Take take,
                                      const Installed* made_from) {
  TRY(check_model_name(name));
  TRY_ASSIGN(GgufInfo info, inspect_gguf(file));
  TRY_ASSIGN(std::string sha256, hash_of(file, progress));
  if (!expected_sha256.empty() && sha256 != expected_sha256) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format(
                     "{} is not the file that was expected: its SHA-256 is {}, expected was {}. Fetch it again.",
                     file.filename().string(), sha256, expected_sha256),
                 .reason = "hash_mismatch"});
  }
  const Known* known = find_known_by_hash(sha256);
  Installed model{.name = std::string(name),
                  .sha256 = sha256,
                  .bytes = info.file_bytes,
                  .maker = std::string(known ? known->maker : ""),
                  .licence = known ? std::string(known->licence) : info.licence,
                  .source = std::string(source),
                  .sampling = recommended_sampling(sha256),
                  .made_from = "",
                  .added = system_clock().now(),
                  .path = folder_ / "blobs" / ("sha256-" + sha256 + ".gguf")};
  if (made_from) {
    model.maker = made_from->maker;
    model.licence = made_from->licence;
    model.sampling = made_from->sampling;
    model.made_from = made_from->sha256;
  }

  TRY_ASSIGN(File lock, lock_store(folder_));
  std::error_code failure;
  if (fs::file_size(model.path, failure) != model.bytes || failure) {
    fs::path partial = file;
    if (take == Take::copy) {
      partial = partial_folder() / (sha256 + ".copy");
      if (Result<> brought = bring(file, partial); !brought) {
        fs::remove(partial, failure);
        return fail(brought.error());
      }
    }
    if (::rename(partial.c_str(), model.path.c_str()) != 0) return fail(cannot("write", model.path, errno));
    TRY(sync_folder(folder_ / "blobs"));
  }
  fs::path final_name = name_file(folder_, name), fresh = final_name;
  fresh += ".new";
  auto written = [&]() -> Result<> {
    TRY_ASSIGN(File out, open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC));
    TRY(write_all(out, fresh, encode(model)));
    if (::fsync(out.fd()) != 0 || ::rename(fresh.c_str(), final_name.c_str()) != 0)
      return fail(cannot("write", final_name, errno));
    return sync_folder(folder_ / "names");
  }();
  if (!written) {
    fs::remove(fresh, failure);
    return fail(written.error());
  }
  TRY(sweep());
  return model;
}

Result<> ModelStore::remove(std::string_view name) {
  if (auto found = find(name); !found && found.error().reason != "model_file_damaged") return fail(found.error());
  TRY_ASSIGN(File lock, lock_store(folder_));
  std::error_code failure;
  fs::remove(name_file(folder_, name), failure);
  if (failure)
    return fail(ErrorCode::unavailable, std::format("The model {} cannot be removed: {}.", name, failure.message()));
  TRY(sync_folder(folder_ / "names"));
  return sweep();
}

// With the lock held: files that no name uses, left by a kill between two steps or by the last name that went.
Result<> ModelStore::sweep() {
  TRY_ASSIGN(std::vector<Installed> installed, list());
  std::error_code ignored;
  std::vector<fs::path> unused;
  for (const auto& entry : fs::directory_iterator(folder_ / "blobs", ignored)) {
    if (std::ranges::none_of(installed, [&](const Installed& model) { return model.path == entry.path(); }))
      unused.push_back(entry.path());
  }
  for (const auto& entry : fs::directory_iterator(partial_folder(), ignored)) {
    if (entry.path().extension() == ".copy") unused.push_back(entry.path());
  }
  for (const fs::path& path : unused) fs::remove(path, ignored);
  return {};
}

}  // namespace entente::models
