#include "store/subject_file.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace entente::store {
namespace {

constexpr std::uint64_t epoch = 7;

class SubjectFileTest : public testing::Test {
 protected:
  SubjectFileTest() {
    for (int i = 0; i < 4; ++i) {
      subjects_.push_back(
          {.number = i + 1,
           .subject = {.tenant = "ten_1", .kind = Subject::Kind::person, .name = "person " + std::to_string(i)},
           .key = {new_secret_key()}});
    }
    file_ = subjects_head(key_, epoch);
    for (const KnownSubject& known : subjects_) {
      begins_.push_back(file_.size());
      file_ += subject_record(known, key_, epoch);
    }
  }

  ReadSubjects read(std::string_view file) const { return read_subjects(file, key_, epoch); }

  SecretKey key_ = new_secret_key();
  std::vector<KnownSubject> subjects_;
  std::vector<std::size_t> begins_;  // of each record
  std::string file_;
};

void expect_same(const KnownSubject& a, const KnownSubject& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.key.bytes, b.key.bytes);
}

TEST_F(SubjectFileTest, WhatIsWrittenIsRead) {
  subjects_.push_back({.number = (std::int64_t{1} << 62) - 1,
                       .subject = {.tenant = std::string("\0\xff", 2), .kind = Subject::Kind::key, .name = ""},
                       .key = {new_secret_key()}});
  subjects_.push_back({.number = 9,
                       .subject = {.tenant = std::string(most_of_a_name, 't'),
                                   .kind = Subject::Kind::person,
                                   .name = std::string(most_of_a_name, 'n')},
                       .key = {new_secret_key()}});
  for (std::size_t i = 4; i < 6; ++i) file_ += subject_record(subjects_[i], key_, epoch);
  ReadSubjects all = read(file_);
  EXPECT_FALSE(all.damaged_at);
  EXPECT_EQ(all.whole, file_.size());
  ASSERT_EQ(all.subjects.size(), subjects_.size());
  for (std::size_t i = 0; i < subjects_.size(); ++i) expect_same(all.subjects[i], subjects_[i]);
  EXPECT_EQ(file_.find("person 0"), std::string::npos) << "names are sealed too";
}

TEST_F(SubjectFileTest, ARecordThatIsNotWholeIsTheEnd) {
  for (std::size_t size = begins_[3]; size < file_.size(); ++size) {
    ReadSubjects cut = read(std::string_view(file_).substr(0, size));
    EXPECT_FALSE(cut.damaged_at) << size;
    EXPECT_EQ(cut.whole, begins_[3]) << size;
    EXPECT_EQ(cut.subjects.size(), 3U) << size;

    // Some file systems have the length on disk before the bytes.
    std::string zeros = file_;
    std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(size), zeros.end(), '\0');
    if (zeros == file_) continue;
    cut = read(zeros);
    EXPECT_FALSE(cut.damaged_at) << size;
    EXPECT_EQ(cut.whole, begins_[3]) << size;
  }
}

TEST_F(SubjectFileTest, EachDamagedByteBeforeTheLastRecordIsToldFromATornEnd) {
  for (std::size_t i = 0; i < begins_[3]; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = file_;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      ReadSubjects damaged = read(changed);
      std::size_t record = 0;
      for (std::size_t begin : begins_) {
        if (begin <= i) record = begin;
      }
      EXPECT_EQ(damaged.damaged_at, record) << i << " " << bit;
    }
  }
}

TEST_F(SubjectFileTest, WhatIsLongerThanOneRecordIsNoTornEnd) {
  ReadSubjects damaged = read(file_ + std::string(100'000, '\xff'));
  EXPECT_EQ(damaged.damaged_at, file_.size());
}

TEST_F(SubjectFileTest, AnotherKeyOrEpochOpensNothingAndCutsNothing) {
  EXPECT_EQ(read_subjects(file_, new_secret_key(), epoch).damaged_at, 0U);
  EXPECT_EQ(read_subjects(file_, key_, epoch + 1).damaged_at, 0U);
  EXPECT_EQ(read_subjects("", key_, epoch).damaged_at, 0U);
  std::string alone = file_.substr(0, begins_[1]);  // one record could pass for a torn one
  EXPECT_EQ(read_subjects(alone, new_secret_key(), epoch).damaged_at, 0U);
  std::string moved = subjects_head(key_, epoch + 1) + file_.substr(begins_[0]);
  EXPECT_EQ(read_subjects(moved, key_, epoch + 1).damaged_at, begins_[0]) << "records of another epoch";
}

TEST_F(SubjectFileTest, AListIsReadAsItWasWritten) {
  std::vector<const KnownSubject*> all;
  all.reserve(subjects_.size());
  for (const KnownSubject& known : subjects_) all.push_back(&known);
  std::string list = list_of_subjects(all);
  auto read = subjects_of_list(list);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) expect_same((*read)[i], *all[i]);
  for (std::size_t size = 0; size < list.size(); ++size) EXPECT_FALSE(subjects_of_list(list.substr(0, size))) << size;
  EXPECT_FALSE(subjects_of_list(list + "x"));
  EXPECT_TRUE(subjects_of_list(list_of_subjects({}))->empty());
  EXPECT_FALSE(subjects_of_list(std::string(8, '\xff'))) << "a count that nothing follows";
}

}  // namespace
}  // namespace entente::store
