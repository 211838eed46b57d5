#include "store/subject_keys.hpp"

#include <thread>

#include "base/offline_box.hpp"
#include "store/test_subject_keys.hpp"

namespace entente::store {
namespace {

class SubjectKeysTest : public SubjectFolderTest {};

TEST_F(SubjectKeysTest, NumbersAndKeysStay) {
  std::int64_t ada = 0;
  std::string sealed;
  {
    auto keys = open();
    EXPECT_EQ(keys->find(person("ada")), std::nullopt);
    ada = number(*keys, person("ada"));
    EXPECT_GT(ada, 0);
    EXPECT_LT(ada, std::int64_t{1} << 62);
    EXPECT_EQ(number(*keys, person("ada")), ada);
    EXPECT_EQ(keys->find(person("ada")), ada);
    EXPECT_TRUE(keys->has(ada));
    EXPECT_FALSE(keys->has(ada + 1));
    sealed = *keys->seal(ada, "asked", "row 1");
    EXPECT_EQ(*keys->unseal(ada, sealed, "row 1"), "asked");
  }
  for (Access access : {Access::write, Access::read}) {
    auto keys = open(access);
    EXPECT_EQ(keys->find(person("ada")), ada);
    EXPECT_EQ(*keys->unseal(ada, sealed, "row 1"), "asked");
    EXPECT_EQ(keys->all(), (std::vector<std::pair<std::int64_t, Subject>>{{ada, person("ada")}}));
  }
  EXPECT_EQ(names(), first_epoch);
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
  for (const std::string& name : names()) {
    EXPECT_EQ(fs::status(folder_ / name).permissions(), fs::perms::owner_read | fs::perms::owner_write) << name;
  }
}

TEST_F(SubjectKeysTest, TenantKindAndNameMakeASubject) {
  auto keys = open();
  Subject key{.tenant = "ten_1", .kind = Subject::Kind::key, .name = "ada"};
  std::set<std::int64_t> numbers{number(*keys, person("ada")), number(*keys, person("ada", "ten_2")),
                                 number(*keys, key), number(*keys, person("Ada")), number(*keys, person(""))};
  EXPECT_EQ(numbers.size(), 5U);
  keys.reset();
  keys = open();
  EXPECT_EQ(keys->all().size(), 5U);
  EXPECT_TRUE(numbers.contains(*keys->find(key)));
}

TEST_F(SubjectKeysTest, OneSubjectsTextsDoNotOpenUnderAnother) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada")), bob = number(*keys, person("bob"));
  std::string sealed = *keys->seal(ada, "asked", "row 1");
  EXPECT_EQ(code(keys->unseal(bob, sealed, "row 1")), ErrorCode::invalid_request);
  EXPECT_EQ(code(keys->unseal(ada, sealed, "row 2")), ErrorCode::invalid_request);
  EXPECT_EQ(code(keys->unseal(1, sealed, "row 1")), ErrorCode::not_found);
  EXPECT_EQ(code(keys->seal(1, "text", "row 1")), ErrorCode::not_found);
}

TEST_F(SubjectKeysTest, WhoIsForgottenIsGoneAndTheOthersStay) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada")), bob = number(*keys, person("bob"));
  std::string of_ada = *keys->seal(ada, "asked", ""), of_bob = *keys->seal(bob, "told", "");
  std::string old_file = bytes_of("1.subjects");
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada, 77, ada}));

  auto expect_forgotten = [&] {
    EXPECT_EQ(code(keys->unseal(ada, of_ada, "")), ErrorCode::not_found);
    EXPECT_EQ(code(keys->seal(ada, "more", "")), ErrorCode::not_found);
    EXPECT_EQ(keys->find(person("ada")), std::nullopt);
    EXPECT_FALSE(keys->has(ada));
    EXPECT_EQ(*keys->unseal(bob, of_bob, ""), "told");
  };
  expect_forgotten();
  EXPECT_EQ(names(), second_epoch);
  keys.reset();
  keys = open();
  expect_forgotten();

  std::int64_t again = number(*keys, person("ada"));
  EXPECT_NE(again, ada);
  EXPECT_EQ(code(keys->unseal(again, of_ada, "")), ErrorCode::invalid_request);
  std::string key = bytes_of("2.key");
  keys.reset();

  // The file of before, with every key that is still here.
  fs::remove(folder_ / "2.subjects");
  put("2.subjects", old_file);
  EXPECT_EQ(code(SubjectKeys::open(folder_, Access::write)), ErrorCode::unavailable);
  fs::remove_all(folder_);
  fs::create_directory(folder_);
  put("1.subjects", old_file);
  put("1.key", key);
  EXPECT_EQ(code(SubjectKeys::open(folder_, Access::write)), ErrorCode::unavailable);
  EXPECT_EQ(bytes_of("1.subjects"), old_file) << "nothing is cut";
}

TEST_F(SubjectKeysTest, ForgettingNobodyChangesNothing) {
  auto keys = open();
  number(*keys, person("ada"));
  EXPECT_TRUE(keys->forget({}));
  EXPECT_TRUE(keys->forget(std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(names(), first_epoch);
}

TEST_F(SubjectKeysTest, ForgettingEveryoneLeavesAFolderThatOpens) {
  auto keys = open();
  std::int64_t ada = number(*keys, person("ada"));
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada}));
  keys.reset();
  keys = open();
  EXPECT_TRUE(keys->all().empty());
  number(*keys, person("bob"));
  keys.reset();
  EXPECT_EQ(open()->all().size(), 1U);
}

TEST_F(SubjectKeysTest, ThousandsOfSubjects) {
  std::vector<std::int64_t> numbers, even;
  {
    auto keys = open();
    for (int i = 0; i < 2000; ++i) numbers.push_back(number(*keys, person("person " + std::to_string(i))));
    for (std::size_t i = 0; i < numbers.size(); i += 2) even.push_back(numbers[i]);
  }
  auto keys = open();
  ASSERT_EQ(keys->all().size(), 2000U);
  ASSERT_TRUE(keys->forget(even));
  keys.reset();
  keys = open();
  EXPECT_EQ(keys->all().size(), 1000U);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    auto found = keys->find(person("person " + std::to_string(i)));
    EXPECT_EQ(found, i % 2 == 0 ? std::nullopt : std::optional(numbers[i])) << i;
  }
}

TEST_F(SubjectKeysTest, TwoThreadsAtOnce) {
  auto keys = open();
  constexpr int count = 200;
  std::array<std::vector<std::int64_t>, 2> numbers;
  auto work = [&](std::vector<std::int64_t>& mine, std::string own) {
    for (int i = 0; i < count; ++i) {
      auto shared = keys->number_of(person(std::to_string(i)));
      ASSERT_TRUE(shared);
      mine.push_back(*shared);
      auto sealed = keys->seal(*shared, "text", own);
      ASSERT_TRUE(sealed);
      EXPECT_EQ(*keys->unseal(*shared, *sealed, own), "text");
      auto passing = keys->number_of(person(own + std::to_string(i)));
      ASSERT_TRUE(passing);
      if (i % 50 == 0) {
        EXPECT_TRUE(keys->forget(std::span(&*passing, 1)));
        EXPECT_FALSE(keys->has(*passing));
      }
    }
  };
  {
    std::jthread one([&] { work(numbers[0], "one "); }), two([&] { work(numbers[1], "two "); });
  }
  EXPECT_EQ(numbers[0], numbers[1]);
  keys.reset();
  EXPECT_EQ(open()->all().size(), 3U * count - 8);
}

TEST_F(SubjectKeysTest, ABackupBringsBackWhatWasNotErased) {
  auto offline = *new_offline_keys();
  std::string backup, of_ada, of_bob;
  std::int64_t ada = 0, bob = 0, eve = 0;
  {
    auto keys = open();
    ada = number(*keys, person("ada"));
    bob = number(*keys, person("bob"));
    eve = number(*keys, person("eve"));
    of_ada = *keys->seal(ada, "asked", "");
    of_bob = *keys->seal(bob, "told", "");
    backup = *keys->backup(offline.public_key);
    EXPECT_EQ(backup.find("ten_1"), std::string::npos);
    EXPECT_EQ(*keys->restore(backup, offline.private_key, {}), 0U) << "everybody is here";
    EXPECT_EQ(names(), first_epoch);
    ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{ada}));
    EXPECT_EQ(*keys->restore(backup, offline.private_key, std::vector<std::int64_t>{ada}), 0U);
    EXPECT_FALSE(keys->has(ada));
  }
  fs::remove_all(folder_);  // the disk was lost
  auto keys = open();
  std::int64_t bob_again = number(*keys, person("bob"));
  EXPECT_EQ(*keys->restore(backup, offline.private_key, std::vector<std::int64_t>{ada}), 2U);
  auto expect_back = [&] {
    EXPECT_FALSE(keys->has(ada));
    EXPECT_EQ(keys->find(person("eve")), eve);
    EXPECT_EQ(*keys->unseal(bob, of_bob, ""), "told");
    EXPECT_EQ(keys->find(person("bob")), bob_again) << "the number stays that he has since";
    EXPECT_EQ(keys->all(), (std::vector<std::pair<std::int64_t, Subject>>{
                               {bob_again, person("bob")}, {bob, person("bob")}, {eve, person("eve")}}));
  };
  expect_back();
  for (int i = 0; i < 2; ++i) {
    keys.reset();
    keys = open();
    expect_back();
    ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{number(*keys, person("passing"))}));  // all written anew
  }
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{bob_again}));
  EXPECT_EQ(keys->find(person("bob")), bob);
  ASSERT_TRUE(keys->forget(std::vector<std::int64_t>{bob}));
  EXPECT_EQ(keys->find(person("bob")), std::nullopt);
}

TEST_F(SubjectKeysTest, ABackupOpensWithItsKeyAlone) {
  auto offline = *new_offline_keys(), other = *new_offline_keys();
  auto keys = open();
  std::string nobody = *keys->backup(offline.public_key);
  EXPECT_EQ(*keys->restore(nobody, offline.private_key, {}), 0U);
  number(*keys, person("ada"));
  std::string backup = *keys->backup(offline.public_key);
  auto expect_wrong = [&](std::string_view text, std::string_view key) {
    EXPECT_EQ(code(keys->restore(text, key, {})), ErrorCode::invalid_request);
  };
  expect_wrong(backup, other.private_key);
  expect_wrong(backup, "short");
  expect_wrong("", offline.private_key);
  expect_wrong("some file", offline.private_key);
  expect_wrong(backup.substr(0, backup.size() - 1), offline.private_key);
  std::string changed = backup;
  changed.back() ^= 1;
  expect_wrong(changed, offline.private_key);
  EXPECT_EQ(code(keys->backup("short")), ErrorCode::invalid_request);
  EXPECT_EQ(keys->all().size(), 1U);
  EXPECT_EQ(names(), first_epoch);
}

TEST_F(SubjectKeysTest, OneWritesAtATime) {
  auto keys = open();
  EXPECT_EQ(code(SubjectKeys::open(folder_, Access::write)), ErrorCode::conflict);
  EXPECT_TRUE(SubjectKeys::open(folder_, Access::read));
  keys.reset();
  EXPECT_TRUE(SubjectKeys::open(folder_, Access::write));
}

TEST_F(SubjectKeysTest, WhoReadsChangesNothing) {
  auto nobody = open(Access::read);
  EXPECT_TRUE(nobody->all().empty());
  EXPECT_FALSE(fs::exists(folder_));
  std::int64_t ada = number(*open(), person("ada"));
  auto keys = open(Access::read);
  EXPECT_EQ(*keys->number_of(person("ada")), ada);
  EXPECT_EQ(code(keys->number_of(person("bob"))), ErrorCode::unavailable);
  EXPECT_EQ(code(keys->forget(std::vector<std::int64_t>{ada})), ErrorCode::unavailable);
  auto offline = *new_offline_keys();
  EXPECT_EQ(code(keys->restore(*keys->backup(offline.public_key), offline.private_key, {})), ErrorCode::unavailable);
  EXPECT_EQ(names(), first_epoch);
}

TEST_F(SubjectKeysTest, NamesHaveALimit) {
  auto keys = open();
  EXPECT_EQ(code(keys->number_of(person(std::string(most_of_a_name + 1, 'x')))), ErrorCode::too_large);
  EXPECT_EQ(code(keys->number_of(person("ada", std::string(most_of_a_name + 1, 'x')))), ErrorCode::too_large);
  Subject longest = person(std::string(most_of_a_name, 'x'), std::string(most_of_a_name, 'y'));
  std::int64_t its = number(*keys, longest);
  keys.reset();
  EXPECT_EQ(open()->find(longest), its);
}

}  // namespace
}  // namespace entente::store
