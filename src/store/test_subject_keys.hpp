// A folder of subjects' keys for tests, and what one does with it by hand.
#pragma once

#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/test_folder.hpp"
#include "store/durable_file.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

namespace fs = std::filesystem;
using Access = SubjectKeys::Access;

inline Subject person(std::string name, std::string tenant = "ten_1") {
  return {.tenant = std::move(tenant), .kind = Subject::Kind::person, .name = std::move(name)};
}

inline const std::set<std::string> first_epoch{"1.key", "1.subjects"}, second_epoch{"2.key", "2.subjects"};

std::optional<ErrorCode> code(const auto& result) { return result ? std::optional<ErrorCode>() : result.error().code; }

class SubjectFolderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { log::set_up(log::Level::error, log::Form::automatic); }  // each cut is warned of

  std::unique_ptr<SubjectKeys> open(Access access = Access::write) const { return open(folder_, access); }
  static std::unique_ptr<SubjectKeys> open(const fs::path& folder, Access access = Access::write) {
    auto keys = SubjectKeys::open(folder, access);
    EXPECT_TRUE(keys) << keys.error().message;
    return keys ? *std::move(keys) : nullptr;
  }

  static std::int64_t number(SubjectKeys& keys, const Subject& subject) {
    auto number = keys.number_of(subject);
    EXPECT_TRUE(number) << number.error().message;
    return number.value_or(0);
  }

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(folder_)) names.insert(file.path().filename());
    return names;
  }

  std::string bytes_of(const std::string& name) const { return read_file(folder_ / name)->value_or("none"); }
  void put(const std::string& name, std::string_view bytes) const {
    ASSERT_TRUE(replace_file(folder_ / name, bytes, 0600));
  }

  void keep_as(const std::string& name) const { fs::copy(folder_, root_ / name); }
  void go_back_to(const std::string& name) const {
    fs::remove_all(folder_);
    fs::copy(root_ / name, folder_);
  }
  void take_from(const std::string& name, const std::string& file) const {
    fs::copy_file(root_ / name / file, folder_ / file);
  }

  TestFolder own_;
  const fs::path root_ = own_.path(), folder_ = root_ / "subjects";
};

}  // namespace entente::store
