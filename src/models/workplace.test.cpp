#include "models/workplace.hpp"

#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace entente::models {
namespace {

TEST(Workplace, OneAtATimeAndNothingIsLeft) {
  TestFolder folder;
  folder.write("tune-left-by-a-kill.gguf", "x");
  folder.write("download.part", "x");
  {
    auto place = Workplace::open(folder.path(), "tune");
    ASSERT_TRUE(place);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "tune-left-by-a-kill.gguf"));
    EXPECT_EQ(Workplace::open(folder.path(), "tune").error().code, ErrorCode::conflict);
    std::ofstream(place->file("q4_0")) << "x";
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "tune-q4_0.gguf"));
    EXPECT_GT(place->room(), 0u);
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "tune-q4_0.gguf"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "download.part")) << "that is somebody else's";
  EXPECT_TRUE(Workplace::open(folder.path(), "tune"));
}

}  // namespace
}  // namespace entente::models
