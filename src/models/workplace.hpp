// Workplace: where large files are made that may never be installed: the store's partial folder, one maker at a time.
//
// A lock file is held while it lives. Whatever an earlier, killed one left is removed when it is opened, and what this
// one made when it ends. Blocking I/O, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace entente::models {

class Workplace {
 public:
  // `what` names the kind of work, and the files: "tune". conflict when another process is at it.
  static Result<Workplace> open(const std::filesystem::path& partial_folder, std::string_view what);
  ~Workplace();
  Workplace(Workplace&& other) noexcept;
  Workplace& operator=(Workplace&&) = delete;

  std::filesystem::path file(std::string_view name) const;  // to be written by the caller
  std::uint64_t room() const;                               // bytes that can still be written

 private:
  Workplace(std::filesystem::path folder, std::string prefix, int lock)
      : folder_(std::move(folder)), prefix_(std::move(prefix)), lock_(lock) {}
  void clean() const;

  std::filesystem::path folder_;
  std::string prefix_;
  int lock_;
};

}  // namespace entente::models
