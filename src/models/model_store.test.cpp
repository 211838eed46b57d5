#include "models/model_store.hpp"

#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "models/test_gguf.hpp"

namespace entente::models {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  if (fs::exists(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

class Models : public testing::Test {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const Installed& model : *store_.list()) out.push_back(model.name);
    return out;
  }

  TestFolder folder_;
  ModelStore store_{folder_.path() / "store"};
  const fs::path blobs_ = store_.folder() / "blobs", names_ = store_.folder() / "names";
};

TEST_F(Models, AnEmptyStoreHasNoneAndSaysHowToGetOne) {
  EXPECT_THAT(names(), IsEmpty());
  auto found = store_.find("tiny:1b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, "model_not_found");
  EXPECT_FALSE(fs::exists(store_.folder())) << "looking makes no folder";
}

TEST_F(Models, WhatWasMadeOfAModelKeepsItsMakerAndRecommendations) {
  auto original = store_.import_file(folder_.write("tiny.gguf", small_gguf()), "tiny:f32", "");
  ASSERT_TRUE(original) << original.error().message;
  EXPECT_EQ(original->made_from, "");
  original->maker = "Somebody";
  original->sampling = {.temperature = 0.2, .top_p = 0.9};
  fs::path file = store_.partial_folder() / "made.gguf";
  fs::rename(folder_.write("made.gguf", small_gguf('y')), file);
  ASSERT_TRUE(store_.adopt_made(file, "tiny:q4", *original, "packed"));
  auto found = store_.find("tiny:q4");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->maker, "Somebody");
  EXPECT_EQ(found->made_from, original->sha256);
  EXPECT_EQ(found->sampling.temperature, 0.2);
  EXPECT_EQ(found->sampling.top_p, 0.9);
  EXPECT_FALSE(fs::exists(file));
  ASSERT_TRUE(store_.remove("tiny:f32"));
  EXPECT_TRUE(store_.find("tiny:q4")) << "it stands on its own";
}

TEST_F(Models, ADamagedModelSaysSoAndCanBeRemoved) {
  auto model = store_.import_file(folder_.write("tiny.gguf", small_gguf()), "tiny", "");
  ASSERT_TRUE(model);
  fs::resize_file(model->path, 10);
  EXPECT_EQ(store_.find("tiny").error().reason, "model_file_damaged");
  EXPECT_TRUE(store_.remove("tiny"));
  EXPECT_EQ(store_.find("tiny").error().reason, "model_not_found");
}

TEST_F(Models, AnImportedFileIsACopyThatCanBeFoundAgain) {
  std::string bytes = small_gguf();
  fs::path file = folder_.write("tiny.gguf", bytes);
  auto installed = store_.import_file(file, "tiny:q4", "somewhere\nelse");
  ASSERT_TRUE(installed) << installed.error().message;
  auto found = store_.find("tiny:q4");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->sha256, to_hex(sha256(bytes)));
  EXPECT_EQ(found->bytes, bytes.size());
  EXPECT_EQ(found->source, "somewhere else") << "a line break would begin another field";
  EXPECT_EQ(read_file(found->path), bytes);
  folder_.write("tiny.gguf", "changed");
  EXPECT_EQ(read_file(found->path), bytes);
  EXPECT_THAT(files_in(store_.partial_folder()), IsEmpty());
}

TEST_F(Models, TwoNamesForOneFileTakeItsRoomOnce) {
  fs::path file = folder_.write("tiny.gguf", small_gguf());
  ASSERT_TRUE(store_.import_file(file, "one", ""));
  ASSERT_TRUE(store_.import_file(file, "two", ""));
  EXPECT_THAT(names(), ElementsAre("one", "two"));
  EXPECT_EQ(files_in(blobs_).size(), 1U);
  ASSERT_TRUE(store_.remove("one"));
  EXPECT_TRUE(store_.find("two")) << "the other name keeps the file";
  ASSERT_TRUE(store_.remove("two"));
  EXPECT_THAT(files_in(blobs_), IsEmpty());
  EXPECT_FALSE(store_.remove("two"));
}

TEST_F(Models, ANameGivenAnewLeadsToTheNewFile) {
  ASSERT_TRUE(store_.import_file(folder_.write("a.gguf", small_gguf('a')), "m", ""));
  ASSERT_TRUE(store_.import_file(folder_.write("b.gguf", small_gguf('b')), "m", ""));
  EXPECT_EQ(read_file(store_.find("m")->path), small_gguf('b'));
  EXPECT_EQ(files_in(blobs_).size(), 1U) << "nobody needs the old file";
}

TEST_F(Models, WhatIsWrongInstallsNothing) {
  EXPECT_FALSE(store_.import_file(folder_.write("x.gguf", "PK\x03\x04"), "m", ""));
  EXPECT_FALSE(store_.import_file(folder_.path() / "nothing.gguf", "m", ""));
  auto wrong = store_.import_file(folder_.write("tiny.gguf", small_gguf()), "m", "", std::string(64, '0'));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason, "hash_mismatch");
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(files_in(blobs_), IsEmpty());
}

TEST_F(Models, NamesThatCouldLeaveTheFolderAreRefused) {
  fs::path file = folder_.write("tiny.gguf", small_gguf());
  for (std::string_view name : {"", "..", "../x", "a/b", "Tiny", "a:b:c", ":x", "x:", ".hidden", "a b"}) {
    EXPECT_FALSE(store_.import_file(file, name, "")) << name;
    EXPECT_FALSE(store_.find(name)) << name;
  }
  EXPECT_TRUE(store_.import_file(file, "a.b_c-d:1.5b", ""));
}

// A kill between two steps: what each step leaves behind must look like before, and the next change must clear it away.
TEST_F(Models, AKillBetweenStepsLeavesNothingHalfInstalled) {
  fs::path file = folder_.write("tiny.gguf", small_gguf());
  ASSERT_TRUE(store_.import_file(file, "whole", ""));
  std::ofstream(store_.partial_folder() / "abc.copy") << "half a copy";
  std::ofstream(blobs_ / ("sha256-" + std::string(64, 'a') + ".gguf")) << "moved, but not named yet";
  std::ofstream(names_ / "next.new") << "name: next\nsha256: ";
  EXPECT_THAT(names(), ElementsAre("whole"));
  EXPECT_THAT(store_.damaged(), IsEmpty());
  EXPECT_FALSE(store_.find("next"));

  ASSERT_TRUE(store_.import_file(file, "next", ""));
  EXPECT_THAT(names(), ElementsAre("next", "whole"));
  EXPECT_EQ(files_in(blobs_).size(), 1U);
  EXPECT_THAT(files_in(store_.partial_folder()), IsEmpty());
}

TEST_F(Models, AFileThatVanishedIsNotListedButNamedAsDamaged) {
  ASSERT_TRUE(store_.import_file(folder_.write("tiny.gguf", small_gguf()), "tiny:q4", ""));
  fs::resize_file(store_.find("tiny:q4")->path, 10);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(store_.damaged(), ElementsAre("tiny:q4"));
  ASSERT_TRUE(store_.import_file(folder_.path() / "tiny.gguf", "tiny:q4", "")) << "importing again mends it";
  EXPECT_THAT(store_.damaged(), IsEmpty());
}

TEST_F(Models, AnAdoptedFileIsMoved) {
  fs::create_directories(store_.partial_folder());
  fs::path part = store_.partial_folder() / "x.part";
  std::ofstream(part, std::ios::binary) << small_gguf();
  ASSERT_TRUE(store_.adopt(part, "tiny", "https://example.org/tiny.gguf"));
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(read_file(store_.find("tiny")->path), small_gguf());
}

// A limit on file sizes is the nearest to a full disk that needs no root: the same error path.
TEST_F(Models, NoRoomIsSaidInWordsAndLeavesNothing) {
  fs::path file = folder_.write("tiny.gguf", small_gguf('x', 64 * 1024));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  auto installed = store_.import_file(file, "tiny", "");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message, HasSubstr("no room left"));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(files_in(blobs_), IsEmpty());
  EXPECT_THAT(files_in(store_.partial_folder()), IsEmpty());
}

}  // namespace
}  // namespace entente::models
