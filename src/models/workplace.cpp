#include "models/workplace.hpp"

#include <cerrno>
#include <cstring>
#include <format>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "models/partial_file.hpp"

namespace entente::models {

namespace fs = std::filesystem;

Result<Workplace> Workplace::open(const fs::path& partial_folder, std::string_view what) {
  std::error_code failure;
  fs::create_directories(partial_folder, failure);
  fs::path lock_file = partial_folder / std::format("{}.lock", what);
  int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    return fail(ErrorCode::unavailable, std::format("Cannot write {}: {}.", lock_file.string(), std::strerror(errno)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(ErrorCode::conflict, std::format("Another `entente models {}` is at work. Wait for its end.", what));
  }
  Workplace place(partial_folder, std::format("{}-", what), lock);
  place.clean();
  return place;
}

Workplace::Workplace(Workplace&& other) noexcept
    : folder_(std::move(other.folder_)), prefix_(std::move(other.prefix_)), lock_(std::exchange(other.lock_, -1)) {}

Workplace::~Workplace() {
  if (lock_ < 0) return;
  clean();
  ::close(lock_);
}

fs::path Workplace::file(std::string_view name) const { return folder_ / std::format("{}{}.gguf", prefix_, name); }

std::uint64_t Workplace::room() const { return room_at(folder_); }

void Workplace::clean() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().filename().string().starts_with(prefix_)) fs::remove(entry.path(), ignored);
  }
}

}  // namespace entente::models
