#include "local/memory/spill_file.hpp"

#include <csignal>

#include <sys/resource.h>

#include "local/memory/spill_fixture.hpp"

namespace entente::local {
namespace {

using SpillFileTest = SpillFixture;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST_F(SpillFileTest, WhatWasWrittenIsReadAndOnlyAsWhatItIs) {
  SpillFile file = *SpillFile::open(folder);
  std::vector<std::uint8_t> whole(SpillFile::piece_bytes, 7), out;
  ASSERT_TRUE(file.write(0, bytes_of("a piece"), "1 0"));
  ASSERT_TRUE(file.write(1, whole, "1 1"));
  ASSERT_TRUE(file.read(0, 7, "1 0", out));
  ASSERT_TRUE(file.read(1, whole.size(), "1 1", out));
  EXPECT_EQ(out.size(), 7 + whole.size());
  EXPECT_EQ(std::string(out.begin(), out.begin() + 7), "a piece");
  EXPECT_FALSE(file.read(0, 7, "1 1", out)) << "another piece";
  EXPECT_FALSE(file.read(0, 6, "1 0", out)) << "another length";
  EXPECT_FALSE(file.read(2, 7, "1 2", out)) << "nothing lies there";
  EXPECT_EQ(out.size(), 7 + whole.size()) << "nothing of what failed";
}

TEST_F(SpillFileTest, HasNoNameAndHoldsNothingInClear) {
  SpillFile file = *SpillFile::open(folder);
  std::string secret = "what somebody asked in confidence";
  std::vector<std::uint8_t> piece;
  while (piece.size() + secret.size() < SpillFile::piece_bytes) piece.insert(piece.end(), secret.begin(), secret.end());
  for (std::uint32_t slot : {0U, 1U, 2U}) ASSERT_TRUE(file.write(slot, piece, std::to_string(slot)));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::string all = on_disk();
  EXPECT_GE(all.size(), 2 * SpillFile::slot_bytes + piece.size());
  for (std::size_t length : {33U, 16U, 8U}) EXPECT_FALSE(all.contains(secret.substr(0, length)));
  EXPECT_NE(all.substr(0, 4096), all.substr(SpillFile::slot_bytes, 4096)) << "nor is it seen what is the same";
}

TEST_F(SpillFileTest, AnotherFilesKeyIsAnother) {
  std::vector<std::uint8_t> out;
  std::string sealed;
  {
    SpillFile file = *SpillFile::open(folder);
    ASSERT_TRUE(file.write(0, bytes_of("a piece"), "1"));
    sealed = on_disk();
  }
  SpillFile file = *SpillFile::open(folder);
  ASSERT_EQ(pwrite(descriptor(), sealed.data(), sealed.size(), 0), static_cast<ssize_t>(sealed.size()));
  EXPECT_FALSE(file.read(0, 7, "1", out));
}

TEST_F(SpillFileTest, AChangedByteAnywhereKeepsItShut) {
  SpillFile file = *SpillFile::open(folder);
  ASSERT_TRUE(file.write(0, bytes_of("a piece"), "1"));
  std::vector<std::uint8_t> out;
  for (off_t at = 0; at < size_on_disk(); ++at) {
    change_byte(at);
    Result<> read = file.read(0, 7, "1", out);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, ErrorCode::unavailable);
    change_byte(at);
  }
  EXPECT_TRUE(file.read(0, 7, "1", out));
}

TEST_F(SpillFileTest, WhatIsCutIsGivenBack) {
  SpillFile file = *SpillFile::open(folder);
  std::vector<std::uint8_t> piece(SpillFile::piece_bytes), out;
  for (std::uint32_t slot : {0U, 1U}) ASSERT_TRUE(file.write(slot, piece, "1"));
  ASSERT_TRUE(file.cut(1));
  EXPECT_EQ(size_on_disk(), static_cast<off_t>(SpillFile::slot_bytes));
  EXPECT_TRUE(file.read(0, piece.size(), "1", out));
  EXPECT_FALSE(file.read(1, piece.size(), "1", out));
}

TEST_F(SpillFileTest, AFullDiskIsAnErrorAndNothingElse) {
  SpillFile file = *SpillFile::open(folder);
  std::vector<std::uint8_t> piece(SpillFile::piece_bytes);
  auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{}, small{};
  getrlimit(RLIMIT_FSIZE, &limit);
  small = {.rlim_cur = SpillFile::slot_bytes + 1000, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_TRUE(file.write(0, piece, "1"));
  Result<> full = file.write(1, piece, "2");
  setrlimit(RLIMIT_FSIZE, &limit);
  (void)std::signal(SIGXFSZ, before);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(full.error().details.empty());
  EXPECT_TRUE(file.write(1, piece, "2"));
}

TEST_F(SpillFileTest, AFolderThatCannotBeUsedIsNamedWithItsSetting) {
  auto file = SpillFile::open(folder / "missing");
  ASSERT_FALSE(file);
  EXPECT_TRUE(file.error().message.contains("engine.spill_folder"));
  EXPECT_TRUE(file.error().message.contains((folder / "missing").string()));
}

}  // namespace
}  // namespace entente::local
