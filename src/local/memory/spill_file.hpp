// SpillFile: sealed pieces in a file without a name. What is written there is derived from prompts, so nobody reads it
// but this object: each piece is sealed (AES-256-GCM, base/sealing.hpp) under a key that is made at random with the
// file and is nowhere but in this process's memory; and the file has no name in any folder, so that the system takes it
// back when the process ends, whatever ended it.
//
// The file is a row of slots of `slot_bytes`; a slot holds one sealed piece of up to `piece_bytes`. Which slot holds
// what is the caller's business (spill_index.hpp). `bound` says which piece is meant: a slot opens for that one only.
//
// One thread. It blocks: never the one that computes. Failure: unavailable, with the system's word in details; what
// does not open is one, too. A file that may not grow (RLIMIT_FSIZE) raises SIGXFSZ, which the program ignores.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sealing.hpp"

namespace entente::local {

class SpillFile {
 public:
  static constexpr std::size_t slot_bytes = 256 * 1024;
  static constexpr std::size_t piece_bytes = slot_bytes - sealing_adds;
  static std::uint32_t slots_for(std::uint64_t bytes) {
    return static_cast<std::uint32_t>((bytes + piece_bytes - 1) / piece_bytes);
  }

  static Result<SpillFile> open(const std::filesystem::path& folder);  // which must be there
  ~SpillFile();
  SpillFile(SpillFile&& other) noexcept;
  SpillFile& operator=(SpillFile&&) = delete;

  Result<> write(std::uint32_t slot, std::span<const std::uint8_t> piece, std::string_view bound);
  // At the end of `out`.
  Result<> read(std::uint32_t slot, std::size_t bytes, std::string_view bound, std::vector<std::uint8_t>& out);
  // What lies in this slot and beyond goes back to the disk.
  Result<> cut(std::uint32_t slot);

 private:
  explicit SpillFile(int fd) : fd_(fd), key_{new_secret_key()} {}

  int fd_;
  const HeldKey key_;
};

}  // namespace entente::local
