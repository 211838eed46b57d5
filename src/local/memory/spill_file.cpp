#include "local/memory/spill_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace entente::local {

namespace {

Error failed(const char* what, int error) {
  return {.code = ErrorCode::unavailable,
          .message = std::string("The file of computed prompts cannot be ") + what + ".",
          .details = std::strerror(error)};
}

off_t place_of(std::uint32_t slot) { return static_cast<off_t>(slot) * static_cast<off_t>(SpillFile::slot_bytes); }

// Without a name from the first moment where the file system can (O_EXCL: nor can it be given one later); else it has
// one for as long as two system calls take.
int open_without_name(const std::filesystem::path& folder) {
  int fd = ::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  std::string name = folder / "spill-XXXXXX";
  fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd >= 0) ::unlink(name.c_str());
  return fd;
}

}  // namespace

Result<SpillFile> SpillFile::open(const std::filesystem::path& folder) {
  int fd = open_without_name(folder);
  if (fd >= 0) return SpillFile(fd);
  Error error = failed("made", errno);
  error.message = "No file can be made in " + folder.string() +
                  " for computed prompts (engine.spill): " + error.details +
                  ". Name another folder as engine.spill_folder, or turn engine.spill off.";
  return fail(std::move(error));
}

SpillFile::SpillFile(SpillFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), key_(other.key_) {}

SpillFile::~SpillFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<> SpillFile::write(std::uint32_t slot, std::span<const std::uint8_t> piece, std::string_view bound) {
  std::string sealed = seal(key_.bytes, {reinterpret_cast<const char*>(piece.data()), piece.size()}, bound);
  std::string_view left = sealed;
  off_t at = place_of(slot);
  while (!left.empty()) {
    ssize_t done = ::pwrite(fd_, left.data(), left.size(), at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(failed("written", errno));
    left.remove_prefix(static_cast<std::size_t>(done));
    at += done;
  }
  return {};
}

Result<> SpillFile::read(std::uint32_t slot, std::size_t bytes, std::string_view bound,
                         std::vector<std::uint8_t>& out) {
  std::string sealed(bytes + sealing_adds, '\0');
  for (std::size_t got = 0; got < sealed.size();) {
    ssize_t done = ::pread(fd_, sealed.data() + got, sealed.size() - got, place_of(slot) + static_cast<off_t>(got));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(failed("read", errno));
    if (done == 0) return fail(failed("read", ENODATA));
    got += static_cast<std::size_t>(done);
  }
  Result<std::string> piece = unseal(key_.bytes, sealed, bound);
  if (!piece) {
    return fail({.code = ErrorCode::unavailable,
                 .message = "The file of computed prompts cannot be read.",
                 .details = "What was sealed does not open: the file was changed."});
  }
  out.insert(out.end(), piece->begin(), piece->end());
  return {};
}

Result<> SpillFile::cut(std::uint32_t slot) {
  if (::ftruncate(fd_, place_of(slot)) == 0) return {};
  return fail(failed("cut", errno));
}

}  // namespace entente::local
