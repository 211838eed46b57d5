// PartialFile: what has come of a download, and the note that says what it is a part of.
//
//   partial/<hash of the URL>.part    the bytes from the beginning on, without holes
//   partial/<hash of the URL>.about   the server's validator and the whole size, written whole or not at all
//
// The note belongs to the bytes: a file begun anew is emptied before its note is written. One process works on a part
// at a time (flock). Blocking I/O, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::models {

class PartialFile {
 public:
  struct About {
    std::string validator;    // a strong ETag, or a Last-Modified date; empty: the server gave neither
    std::uint64_t total = 0;  // bytes of the whole; 0: not known
  };

  // Opens what is there or begins. conflict when another process is at it.
  static Result<PartialFile> open(const std::filesystem::path& folder, std::string_view url);
  ~PartialFile();
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const About& about() const { return about_; }
  std::uint64_t size() const { return size_; }

  Result<> begin_anew(About about);  // throws away what is there
  Result<> append(std::string_view bytes);
  std::string first_bytes() const;  // at most 16
  void discard();                   // the note, and the part unless it has been moved away

 private:
  PartialFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::filesystem::path note() const;
  void read_note();

  std::filesystem::path path_;
  int fd_;
  std::uint64_t size_ = 0;
  About about_;
};

// Bytes that can still be written in the file system of that folder.
std::uint64_t room_at(const std::filesystem::path& folder);

}  // namespace entente::models
