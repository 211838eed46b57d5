// What a crash, damage or a full disk does to subjects' keys: nobody who was forgotten comes back, nobody else is lost.
#include <algorithm>
#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include "store/test_subject_keys.hpp"

namespace entente::store {
namespace {

class SubjectKeysCrashTest : public SubjectFolderTest {};

// Each state that a kill leaves of a forgetting, made from the folder before and after it.
class CutForgettingTest : public SubjectFolderTest {
 protected:
  void SetUp() override {
    SubjectFolderTest::SetUp();
    auto keys = open();
    ada_ = number(*keys, person("ada"));
    bob_ = number(*keys, person("bob"));
    of_ada_ = *keys->seal(ada_, "asked", "");
    of_bob_ = *keys->seal(bob_, "told", "");
    keep_as("before");
    ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada_}));
    keep_as("after");
  }

  void expect(bool forgotten) {
    auto before = names();
    for (Access access : {Access::read, Access::write, Access::write}) {
      auto keys = open(access);
      ASSERT_NE(keys, nullptr);
      EXPECT_EQ(*keys->unseal(bob_, of_bob_, ""), "told");
      auto opened = keys->unseal(ada_, of_ada_, "");
      EXPECT_EQ(opened.has_value(), !forgotten);
      EXPECT_EQ(keys->has(ada_), !forgotten);
      if (access == Access::read) {
        EXPECT_EQ(names(), before) << "who reads changes nothing";
      }
    }
    EXPECT_EQ(names(), forgotten ? second_epoch : first_epoch);
    // And it goes on from there.
    auto keys = open();
    ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada_, bob_}));
    number(*keys, person("eve"));
    keys.reset();
    EXPECT_EQ(open()->all().size(), 1U);
    EXPECT_EQ(names().size(), 2U);
  }

  std::int64_t ada_ = 0, bob_ = 0;
  std::string of_ada_, of_bob_;
};

TEST_F(CutForgettingTest, WhileTheNextSubjectsAreWritten) {
  go_back_to("before");
  put("2.subjects.new", "half");
  expect(false);
}

TEST_F(CutForgettingTest, BeforeTheNextKey) {
  go_back_to("before");
  take_from("after", "2.subjects");
  expect(false);
}

TEST_F(CutForgettingTest, WhileTheNextKeyIsWritten) {
  go_back_to("before");
  take_from("after", "2.subjects");
  put("2.key.new", "half");
  expect(false);
}

TEST_F(CutForgettingTest, WhenTheNextKeyIsThere) {
  go_back_to("before");
  take_from("after", "2.subjects");
  take_from("after", "2.key");
  expect(true);
}

TEST_F(CutForgettingTest, WhileTheOldKeyIsOverwritten) {
  go_back_to("after");
  take_from("before", "1.subjects");
  put("1.key", std::string(32, 'x'));
  expect(true);
}

TEST_F(CutForgettingTest, WhenTheOldKeyIsGone) {
  go_back_to("after");
  take_from("before", "1.subjects");
  expect(true);
}

TEST_F(CutForgettingTest, WhenTheOldSubjectsWentBeforeTheirKey) {
  go_back_to("after");
  take_from("before", "1.key");
  expect(true);
}

TEST_F(CutForgettingTest, SeveralTimes) {
  go_back_to("after");
  take_from("before", "1.subjects");
  take_from("before", "1.key");
  put("3.subjects", "half");
  put("3.key.new", "");
  expect(true);
}

TEST_F(SubjectKeysCrashTest, AFirstEpochThatWasCutIsBegunAgain) {
  auto keys = open();
  keys.reset();
  fs::remove(folder_ / "1.key");
  keys = open();
  number(*keys, person("ada"));
  keys.reset();
  fs::remove(folder_ / "1.key");  // but keys of subjects without theirs were not cut, somebody took it
  auto lost = SubjectKeys::open(folder_, Access::write);
  EXPECT_EQ(code(lost), ErrorCode::unavailable);
  EXPECT_EQ(names(), std::set<std::string>{"1.subjects"});
}

TEST_F(SubjectKeysCrashTest, WhatIsNotOfTheKeysIsLeftAlone) {
  auto keys = open();
  keys.reset();
  for (std::string name :
       {"README", "0.key", "01.key", "x.subjects", "1.subjects.old", ".key", "99999999999999999999.key"})
    put(name, "something");
  auto before = names();
  keys = open();
  number(*keys, person("ada"));
  EXPECT_EQ(names(), before);
}

TEST_F(SubjectKeysCrashTest, ATornEndIsCutOffByWhoWritesAndPassedOverByWhoReads) {
  std::size_t before = 0;
  {
    auto keys = open();
    number(*keys, person("ada"));
    before = fs::file_size(folder_ / "1.subjects");
    number(*keys, person("bob"));
  }
  const std::string whole = bytes_of("1.subjects");
  for (std::size_t size = before + 1; size < whole.size(); ++size) {
    put("1.subjects", whole.substr(0, size));
    auto reader = open(Access::read);
    EXPECT_TRUE(reader->find(person("ada"))) << size;
    EXPECT_FALSE(reader->find(person("bob"))) << size;
    EXPECT_EQ(fs::file_size(folder_ / "1.subjects"), size);
    auto keys = open();
    EXPECT_EQ(fs::file_size(folder_ / "1.subjects"), before) << size;
    EXPECT_FALSE(keys->find(person("bob"))) << size;
    std::int64_t bob = number(*keys, person("bob"));
    keys.reset();
    EXPECT_EQ(open()->find(person("bob")), bob) << size;
  }
}

TEST_F(SubjectKeysCrashTest, DamageInTheMiddleIsAnErrorThatSaysWhatToDo) {
  {
    auto keys = open();
    for (std::string name : {"ada", "bob", "eve"}) number(*keys, person(name));
  }
  std::string bytes = bytes_of("1.subjects");
  bytes[bytes.size() / 2] ^= 1;
  put("1.subjects", bytes);
  for (Access access : {Access::read, Access::write}) {
    auto keys = SubjectKeys::open(folder_, access);
    ASSERT_EQ(code(keys), ErrorCode::unavailable);
    EXPECT_NE(keys.error().message.find("1.subjects"), std::string::npos) << keys.error().message;
    EXPECT_NE(keys.error().message.find("entente subjects restore"), std::string::npos) << keys.error().message;
  }
  EXPECT_EQ(bytes_of("1.subjects"), bytes);
  for (std::string key : {"", "short"}) {
    put("1.key", key);
    EXPECT_EQ(code(SubjectKeys::open(folder_, Access::write)), ErrorCode::unavailable);
  }
  fs::remove(folder_ / "1.subjects");
  EXPECT_EQ(code(SubjectKeys::open(folder_, Access::write)), ErrorCode::unavailable);
}

TEST_F(SubjectKeysCrashTest, AFolderThatCannotBeMadeIsSaid) {
  std::ofstream(root_ / "file") << "no folder";
  auto keys = SubjectKeys::open(root_ / "file" / "subjects", Access::write);
  ASSERT_EQ(code(keys), ErrorCode::unavailable);
  EXPECT_NE(keys.error().message.find("file/subjects"), std::string::npos);
}

// A full disk: here, a limit on the size of files.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t most) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{most, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(SubjectKeysCrashTest, AFullDiskLeavesNoHalfRecord) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada"));
  std::uintmax_t before = fs::file_size(folder_ / "1.subjects");
  {
    FullDisk disk(before + 20);
    EXPECT_EQ(code(keys->number_of(person("bob"))), ErrorCode::unavailable);
    EXPECT_EQ(keys->find(person("bob")), std::nullopt);
    EXPECT_EQ(fs::file_size(folder_ / "1.subjects"), before);
  }
  // What could not be taken back is taken back before the next.
  ASSERT_TRUE(append_to_file(folder_ / "1.subjects", "half a record", 0600));
  std::int64_t bob = number(*keys, person("bob"));
  keys.reset();
  keys = open();
  EXPECT_EQ(keys->find(person("ada")), ada);
  EXPECT_EQ(keys->find(person("bob")), bob);
}

TEST_F(SubjectKeysCrashTest, AForgettingThatCannotBeginForgetsNobody) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada")), bob = number(*keys, person("bob"));
  {
    FullDisk disk(100);
    EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  }
  fs::create_directory(folder_ / "2.key.new");  // the subjects can be written, their key cannot
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  EXPECT_TRUE(keys->has(ada));
  std::int64_t eve = number(*keys, person("eve"));
  fs::remove(folder_ / "2.key.new");
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada}));
  EXPECT_EQ(names(), second_epoch);
  keys.reset();
  keys = open();
  EXPECT_FALSE(keys->has(ada));
  EXPECT_EQ(keys->find(person("bob")), bob);
  EXPECT_EQ(keys->find(person("eve")), eve);
}

// A key whose writing failed must not count later, when more has been appended to the epoch before it.
TEST_F(SubjectKeysCrashTest, AHalfBegunEpochIsTakenBackBeforeAnythingIsWritten) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada"));
  fs::create_directories(folder_ / "2.key" / "in the way");  // can neither be replaced nor removed
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  EXPECT_EQ(code(keys->number_of(person("bob"))), ErrorCode::unavailable);
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  fs::remove_all(folder_ / "2.key");
  std::int64_t bob = number(*keys, person("bob"));
  keys.reset();
  keys = open();
  EXPECT_EQ(keys->find(person("ada")), ada);
  EXPECT_EQ(keys->find(person("bob")), bob);
}

TEST_F(SubjectKeysCrashTest, AnOldKeyThatCannotBeDestroyedIsAnErrorUntilItIs) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada"));
  fs::rename(folder_ / "1.key", root_ / "1.key");
  fs::create_directory(folder_ / "1.key");
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  EXPECT_FALSE(keys->has(ada)) << "here she is forgotten";
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  fs::remove(folder_ / "1.key");
  fs::rename(root_ / "1.key", folder_ / "1.key");
  EXPECT_TRUE(keys->forget({}));
  EXPECT_EQ(names(), second_epoch);
}

TEST_F(SubjectKeysCrashTest, ADestroyedFileIsOverwrittenFirst) {
  fs::create_directory(folder_);
  std::string secret(10'000, 's');
  put("file", secret);
  fs::create_hard_link(folder_ / "file", folder_ / "seen");  // the same bytes on the disk
  ASSERT_TRUE(destroy_file(folder_ / "file"));
  EXPECT_EQ(names(), std::set<std::string>{"seen"});
  std::string left = bytes_of("seen");
  EXPECT_EQ(left.size(), secret.size());
  EXPECT_LT(std::ranges::count(left, 's'), 200);
  EXPECT_TRUE(destroy_file(folder_ / "file")) << "none there";
  EXPECT_TRUE(remove_file(folder_ / "file"));
}

// The same of forget(): the key of the old epoch.
TEST_F(SubjectKeysCrashTest, TheOldEpochsKeyIsOverwritten) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada"));
  std::string key = bytes_of("1.key");
  fs::create_hard_link(folder_ / "1.key", root_ / "seen");
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada}));
  auto left = *read_file(root_ / "seen");
  ASSERT_TRUE(left);
  EXPECT_EQ(left->size(), key.size());
  EXPECT_NE(*left, key);
}

}  // namespace
}  // namespace entente::store
