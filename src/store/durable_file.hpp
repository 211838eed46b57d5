// Files that survive a crash whole: what these have written is on disk when they return, and whoever reads sees the old
// file or the new one. Blocking; never for a network thread. Failure: unavailable, with the path and the system's word.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::store {

// Written beside the old one, then put in its place.
Result<> replace_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode);

// The same of several: what is flushed with each of them alone is flushed once. Each is the old file or the new one
// after a failure or a crash, some may be new.
struct NewContent {
  std::filesystem::path path;
  std::string_view bytes;
};
Result<> replace_files(std::span<const NewContent> files, unsigned mode);

// A crash may leave a part of `bytes` at the file's end; a failure leaves none.
Result<> append_to_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode);

Result<std::optional<std::string>> read_file(const std::filesystem::path& path);  // none: there is no such file
Result<> move_file(const std::filesystem::path& from, const std::filesystem::path& to);

// What follows the first `size` bytes is gone.
Result<> cut_file(const std::filesystem::path& path, std::uintmax_t size);

// Fine where there is none.
Result<> remove_file(const std::filesystem::path& path);

// Overwritten in its place with random bytes, then removed. What a disk that moves blocks or a file system that copies
// on write keeps of the old bytes is beyond us. Fine where there is none.
Result<> destroy_file(const std::filesystem::path& path);

// That only we may look into. The names in a folder are on disk when flush_folder() has returned: also its own, in the
// folder that it lies in.
Result<> make_private_folder(const std::filesystem::path& folder);
Result<> flush_folder(const std::filesystem::path& folder);

}  // namespace entente::store
