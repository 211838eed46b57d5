#include "app/server/first_key.hpp"

#include <cerrno>
#include <cstring>
#include <format>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace entente::app {

namespace {

Result<> write_private(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path fresh = file;
  fresh += ".new";
  int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int failure = errno;
  if (fd >= 0) ::close(fd);
  if (written && ::rename(fresh.c_str(), file.c_str()) == 0) return {};
  if (written) failure = errno;
  return fail(ErrorCode::unavailable, std::format("Cannot write {}: {}.", file.string(), std::strerror(failure)));
}

// A name that is free: a key whose secret we no longer have may still be somebody's.
Result<store::CreatedKey> make_key(store::Store& store) {
  constexpr int most = 1000;
  for (int i = 1;; ++i) {
    auto created = store.create_key({.name = i == 1 ? "first" : std::format("first-{}", i)});
    if (created || created.error().code != ErrorCode::conflict || i == most) return created;
  }
}

}  // namespace

Result<FirstKey> first_key(store::Store& store, const std::filesystem::path& state_folder) {
  std::filesystem::path file = state_folder / "first-key";
  std::string secret;
  std::ifstream(file) >> secret;
  if (!secret.empty()) {
    if (auto credential = store.find_credential(secret); credential && !credential->session) {
      return FirstKey{.id = credential->principal.key, .secret = secret};
    }
  }
  TRY_ASSIGN(store::CreatedKey created, make_key(store));
  TRY(write_private(file, created.secret + "\n"));
  return FirstKey{.id = created.key.id, .secret = created.secret, .made = true};
}

}  // namespace entente::app
