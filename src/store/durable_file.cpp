#include "store/durable_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <set>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::store {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> cannot(std::string_view what, const fs::path& path) {
  return fail(ErrorCode::unavailable, std::format("{} cannot be {}: {}.", path.string(), what, std::strerror(errno)));
}

struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(Descriptor&& other) noexcept : number(std::exchange(other.number, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

bool write_all(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file.number, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<> write_to(const fs::path& path, std::string_view bytes, int how, unsigned mode) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, mode));
  if (file.number < 0 || !write_all(file, bytes) || ::fdatasync(file.number) != 0) return cannot("written", path);
  return {};
}

fs::path beside(const fs::path& path) { return path.string() + ".new"; }

// All of them are written before the first is flushed: the disk gets them together.
Result<> write_beside(std::span<const NewContent> files, unsigned mode) {
  std::vector<Descriptor> opened;
  opened.reserve(files.size());
  for (const auto& [path, bytes] : files) {
    int number = ::open(beside(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (number < 0 || !write_all(opened.emplace_back(number), bytes)) return cannot("written", path);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (::fdatasync(opened[i].number) != 0) return cannot("written", files[i].path);
  }
  return {};
}

Result<> put_in_place(std::span<const NewContent> files, unsigned mode) {
  TRY(write_beside(files, mode));
  std::set<fs::path> folders;
  for (const NewContent& file : files) {
    if (::rename(beside(file.path).c_str(), file.path.c_str()) != 0) return cannot("written", file.path);
    folders.insert(file.path.parent_path());
  }
  for (const fs::path& folder : folders) TRY(flush_folder(folder));
  return {};
}

}  // namespace

Result<> replace_file(const fs::path& path, std::string_view bytes, unsigned mode) {
  NewContent file{.path = path, .bytes = bytes};
  return replace_files({&file, 1}, mode);
}

Result<> replace_files(std::span<const NewContent> files, unsigned mode) {
  constexpr std::size_t most_open = 64;
  for (; !files.empty(); files = files.subspan(std::min(files.size(), most_open))) {
    auto some = files.first(std::min(files.size(), most_open));
    Result<> done = put_in_place(some, mode);
    if (done) continue;
    for (const NewContent& file : some) ::unlink(beside(file.path).c_str());
    return done;
  }
  return {};
}

Result<std::optional<std::string>> read_file(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return cannot("read", path);
  }
  struct stat known{};
  if (::fstat(file.number, &known) != 0 || !S_ISREG(known.st_mode)) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(known.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t some = ::read(file.number, bytes.data() + done, bytes.size() - done);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return cannot("read", path);
    if (some == 0) break;
    done += static_cast<std::size_t>(some);
  }
  bytes.resize(done);
  return bytes;
}

Result<> append_to_file(const fs::path& path, std::string_view bytes, unsigned mode) {
  std::error_code failure;
  bool there = fs::exists(path, failure);
  std::uintmax_t before = there ? fs::file_size(path, failure) : 0;
  Result<> written = write_to(path, bytes, O_APPEND, mode);
  if (!written) fs::resize_file(path, before, failure);
  if (!written || there) return written;
  return flush_folder(path.parent_path());
}

Result<> move_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return cannot("moved", from);
  TRY(flush_folder(to.parent_path()));
  return flush_folder(from.parent_path());
}

Result<> cut_file(const fs::path& path, std::uintmax_t size) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number < 0 || ::ftruncate(file.number, static_cast<off_t>(size)) != 0 || ::fsync(file.number) != 0)
    return cannot("cut", path);
  return {};
}

Result<> remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) == 0) return flush_folder(path.parent_path());
  if (errno == ENOENT) return {};
  return cannot("removed", path);
}

Result<> destroy_file(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number < 0 && errno == ENOENT) return {};
  struct stat known{};
  if (file.number < 0 || ::fstat(file.number, &known) != 0) return cannot("destroyed", path);
  std::array<std::uint8_t, 4096> noise;
  for (auto left = static_cast<std::size_t>(known.st_size); left > 0;) {
    random_bytes(noise);
    std::string_view some = as_text(noise).substr(0, left);
    if (!write_all(file, some)) return cannot("destroyed", path);
    left -= some.size();
  }
  if (::fsync(file.number) != 0) return cannot("destroyed", path);
  return remove_file(path);
}

// A file's name is on disk when its folder is.
Result<> flush_folder(const fs::path& folder) {
  Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number < 0 || ::fsync(opened.number) != 0) return cannot("written", folder);
  return {};
}

Result<> make_private_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  if (!failure) return {};
  return fail(ErrorCode::unavailable, std::format("{} cannot be made: {}.", folder.string(), failure.message()));
}

}  // namespace entente::store
