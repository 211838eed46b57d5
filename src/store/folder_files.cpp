#include "store/folder_files.hpp"

#include <cerrno>
#include <cstring>
#include <format>

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
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

// A file's name is on disk when its folder is.
Result<> flush_folder(const fs::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number < 0 || ::fsync(opened.number) != 0) return cannot("written", folder);
  return {};
}

Result<> write_whole(const fs::path& path, std::string_view bytes, unsigned mode) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (file.number < 0) return cannot("written", path);
  while (!bytes.empty()) {
    ssize_t written = ::write(file.number, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot("written", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(file.number) != 0) return cannot("written", path);
  return {};
}

// Beside the old one, then in its place.
Result<> replace(const fs::path& path, std::string_view bytes, unsigned mode) {
  fs::path beside = path;
  beside += ".new";
  Result<> written = write_whole(beside, bytes, mode);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = cannot("written", path);
  if (!written) {
    ::unlink(beside.c_str());
    return written;
  }
  return flush_folder(path.parent_path());
}

Result<std::optional<std::string>> read_whole(const fs::path& path) {
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

}  // namespace

Result<std::optional<std::string>> FolderFiles::read(const std::string& path) { return read_whole(folder_ / path); }

Result<> FolderFiles::write(const std::string& path, std::string_view bytes) {
  fs::path file = folder_ / path;
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  if (failure) {
    return fail(ErrorCode::unavailable,
                std::format("{} cannot be made: {}.", file.parent_path().string(), failure.message()));
  }
  return replace(file, bytes, 0644);
}

void FolderFiles::remove_folder(const std::string& path) {
  std::error_code nobody_minds;
  fs::remove_all(folder_ / path, nobody_minds);
}

Result<audit::NoteSigner> log_signer(const fs::path& file, std::string_view origin) {
  TRY_ASSIGN(auto text, read_whole(file));
  if (text) {
    while (text->ends_with('\n')) text->pop_back();
    auto signer = audit::NoteSigner::parse(*text);
    if (!signer) {
      return fail(ErrorCode::conflict, std::format("{} does not hold the log's key: {} Put the right file back.",
                                                   file.string(), signer.error().message));
    }
    std::string name = signer->verifier().name();
    if (!origin.empty() && origin != name) {
      return fail(
          ErrorCode::conflict,
          std::format("The log is named {}, but audit.origin says {}. A log keeps its name: set it back, or begin "
                      "a new log in a new server.state_dir.",
                      name, origin));
    }
    return signer;
  }
  audit::Seed seed = audit::SigningKey::new_seed();
  audit::PublicKey key = audit::SigningKey(seed).public_key();
  std::string own = "entente-" + to_hex(key).substr(0, 16);
  std::string name = origin.empty() ? own : std::string(origin);
  TRY(audit::check_key_name(name));
  audit::NoteSigner signer(name, seed);
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  TRY(replace(file, signer.private_text() + "\n", 0600));
  return signer;
}

}  // namespace entente::store
