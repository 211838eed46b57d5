#include "models/partial_file.hpp"

#include <cerrno>
#include <cstring>
#include <format>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::models {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> cannot_write(const fs::path& path, int code) {
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    return fail(ErrorCode::unavailable,
                std::format("There is no room left in {}. Free some; the same command goes on where "
                            "this one stopped.",
                            path.parent_path().string()));
  }
  return fail(ErrorCode::unavailable, std::format("Cannot write {}: {}.", path.string(), std::strerror(code)));
}

// Whether the name still leads to the file we hold: another process may have moved it into the store.
bool still_named(int fd, const fs::path& path) {
  struct stat held{}, named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace

Result<PartialFile> PartialFile::open(const fs::path& folder, std::string_view url) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  fs::path path = folder / (to_hex(sha256(url)).substr(0, 32) + ".part");
  while (true) {
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return cannot_write(path, errno);
    PartialFile file(path, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::conflict, "Another `entente models pull` is fetching the same file now.");
    }
    if (!still_named(fd, path)) continue;
    struct stat found{};
    if (::fstat(fd, &found) != 0) return cannot_write(path, errno);
    file.size_ = static_cast<std::uint64_t>(found.st_size);
    file.read_note();
    return file;
  }
}

PartialFile::~PartialFile() {
  if (fd_ >= 0) ::close(fd_);
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      about_(std::move(other.about_)) {}

fs::path PartialFile::note() const { return fs::path(path_).replace_extension(".about"); }

void PartialFile::read_note() {
  std::ifstream in(note());
  std::string total;
  if (size_ > 0 && std::getline(in, about_.validator) && std::getline(in, total)) {
    about_.total = std::strtoull(total.c_str(), nullptr, 10);
  } else {
    about_ = {};  // killed before the note was written: begin_anew() will be called, as there is nothing to go on with
  }
}

Result<> PartialFile::begin_anew(About about) {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) < 0) return cannot_write(path_, errno);
  size_ = 0;
  fs::path fresh = note();
  fresh += ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << about.validator << '\n' << about.total << '\n';
  out.close();
  if (!out || ::rename(fresh.c_str(), note().c_str()) != 0) return cannot_write(note(), errno);
  about_ = std::move(about);
  return {};
}

Result<> PartialFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_write(path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
  return {};
}

std::string PartialFile::first_bytes() const {
  char bytes[16];
  ssize_t n = ::pread(fd_, bytes, sizeof bytes, 0);
  return {bytes, static_cast<std::size_t>(n < 0 ? 0 : n)};
}

void PartialFile::discard() {
  std::error_code ignored;
  if (still_named(fd_, path_)) fs::remove(path_, ignored);
  fs::remove(note(), ignored);
}

std::uint64_t room_at(const fs::path& folder) {
  std::error_code failure;
  auto space = fs::space(folder, failure);
  return failure ? UINT64_MAX : space.available;
}

}  // namespace entente::models
