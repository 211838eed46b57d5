#include "store/durable_file.hpp"

#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace entente::store {
namespace {

namespace fs = std::filesystem;

struct DurableFiles : testing::Test {
  TestFolder own_;
  const fs::path& folder_ = own_.path();
  void SetUp() override { fs::create_directories(folder_ / "inner"); }

  std::string text(const std::string& name) const { return read_file(folder_ / name)->value_or("none"); }
};

TEST_F(DurableFiles, ManyAreReplacedTogether) {
  ASSERT_TRUE(replace_file(folder_ / "0", "old", 0600));
  constexpr int many = 150;  // more than are open at a time
  std::vector<std::string> names;
  names.reserve(many);
  for (int i = 0; i < many; ++i) names.push_back((i % 3 == 0 ? "inner/" : "") + std::to_string(i));
  std::vector<NewContent> files;
  files.reserve(many);
  for (const std::string& name : names) files.push_back({.path = folder_ / name, .bytes = name});
  ASSERT_TRUE(replace_files(files, 0600));
  for (const std::string& name : names) EXPECT_EQ(text(name), name);
}

TEST_F(DurableFiles, OneThatCannotBeWrittenLeavesTheOthersAsTheyWere) {
  ASSERT_TRUE(replace_file(folder_ / "a", "old", 0600));
  std::vector<NewContent> files{{.path = folder_ / "a", .bytes = "new"},
                                {.path = folder_ / "missing/b", .bytes = "new"}};
  Result<> failed = replace_files(files, 0600);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  EXPECT_EQ(text("a"), "old");
  EXPECT_FALSE(fs::exists(folder_ / "a.new"));
}

}  // namespace
}  // namespace entente::store
