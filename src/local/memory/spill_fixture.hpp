// For tests of this room: a folder that goes when the test ends, and a look at the file that has no name in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/test_folder.hpp"

namespace entente::local {

class SpillFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() { log::set_up(log::Level::error, log::Form::automatic); }  // failures are warned of

  // This process's descriptor of the file without a name in that folder; -1: none.
  int descriptor() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
      if (!gone && target.starts_with(folder.string() + "/")) return std::stoi(entry.path().filename());
    }
    return -1;
  }
  std::string on_disk() const {
    std::string all(static_cast<std::size_t>(size_on_disk()), '\0');
    EXPECT_EQ(pread(descriptor(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
    return all;
  }
  off_t size_on_disk() const {
    struct stat status{};
    EXPECT_EQ(fstat(descriptor(), &status), 0);
    return status.st_size;
  }
  void change_byte(off_t at) const {
    char byte = 0;
    ASSERT_EQ(pread(descriptor(), &byte, 1, at), 1);
    byte = static_cast<char>(byte ^ 1);
    ASSERT_EQ(pwrite(descriptor(), &byte, 1, at), 1);
  }

  TestFolder own;
  const std::filesystem::path& folder = own.path();
};

}  // namespace entente::local
