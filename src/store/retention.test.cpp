// How long what is recorded stays: what is too old goes whole, what is held does not, and what adds up goes last.
#include <gtest/gtest.h>

#include "audit/receipts/erasure.hpp"
#include "audit/receipts/lanes.hpp"
#include "store/test_erasing.hpp"

namespace entente::store {
namespace {

using RetentionTest = ErasureTest;

TEST_F(RetentionTest, WhatIsTooOldGoesAndOnlyThat) {
  answer("req_a", "amina");
  clock_.now_ += std::chrono::days(10);
  answer("req_b", "amina");
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(20), "kept for 20 days"), 0u);
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 2u);
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 0u) << "once";
  EXPECT_EQ(unreadable("req_a"), "erased");
  EXPECT_EQ(unreadable("req_b"), "");
  auto erasures = store_->erasures(tenant_);
  ASSERT_TRUE(erasures);
  ASSERT_EQ(erasures->size(), 1u);
  auto record = audit::parse_erasure_record(erasures->front().record);
  EXPECT_EQ(record->cause, audit::ErasureCause::retention);
  EXPECT_EQ(record->ground, "kept for 5 days");
  EXPECT_EQ(row_of("amina").entries, 2);
}

TEST_F(RetentionTest, WhatAddsUpGoesWhenTheRecordHasGone) {
  answer("req_a", "amina");
  answer("req_held", "bineta");
  ASSERT_TRUE(store_->hold(row_of("bineta"), "a court asked"));
  clock_.now_ += std::chrono::days(10);
  answer("req_b", "amina");
  auto usage = [&] {
    auto rows = store_->usage(Instant{}, clock_.now() + std::chrono::hours(1));
    return rows && !rows->empty() ? rows->front().attempts : 0;
  };
  auto drop = [&] {
    auto went = store_->drop_accounts(clock_.now() - std::chrono::days(5));
    EXPECT_TRUE(went && went->done);
    return went->entries;
  };
  EXPECT_EQ(drop(), 0u) << "its record is still there";
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 2u);
  EXPECT_EQ(usage(), 3);
  auto before = store_->journal(0, 100);
  EXPECT_EQ(drop(), 2u);
  EXPECT_EQ(drop(), 0u) << "once";
  EXPECT_EQ(usage(), 2);
  EXPECT_EQ(unreadable("req_a"), "none") << "nobody knows of it any more";
  EXPECT_EQ(unreadable("req_held"), "");
  EXPECT_EQ(unreadable("req_b"), "");
  EXPECT_EQ(*store_->journal(0, 100), *before) << "the log is what it was";
  ASSERT_TRUE(store_->release(row_of("bineta")));
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 2u);
  EXPECT_EQ(drop(), 2u) << "a hold has kept it";
  auto processed = store_->processed(Instant{}, clock_.now() + std::chrono::hours(1));
  ASSERT_TRUE(processed && processed->size() == 1);
  EXPECT_EQ(processed->front().attempts, 1);
}

TEST_F(RetentionTest, TheFirstEntryThatIsYoungEnoughIsFound) {
  Instant begin = clock_.now();
  EXPECT_EQ(*store_->entries_before(begin), 0u);
  for (int day = 0; day < 5; ++day) {
    answer("req_" + std::to_string(day), "amina");
    clock_.now_ += std::chrono::days(1);
  }
  std::size_t size = store_->journal(0, 1000)->size();
  EXPECT_EQ(*store_->entries_before(begin), size - 10);
  for (int day = 0; day <= 5; ++day)
    EXPECT_EQ(*store_->entries_before(begin + std::chrono::days(day) - std::chrono::hours(1)),
              day == 0 ? 0 : size - 10 + 2 * static_cast<std::size_t>(day))
        << day;
}

TEST_F(RetentionTest, AnAttemptGoesWholeOrNotAtAll) {
  begin("req_a", "amina");
  clock_.now_ += std::chrono::days(10);
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 0u) << "it still runs";
  end("req_a");
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 2u) << "its outcome is young";
}

TEST_F(RetentionTest, SubjectsOfWhomNothingIsLeftAreForgotten) {
  answer("req_a", "amina");
  answer("req_b", "bineta");
  clock_.now_ += std::chrono::days(10);
  answer("req_c", "bineta");
  EXPECT_EQ(let_go(clock_.now() - std::chrono::days(5), "kept for 5 days"), 4u);
  auto rows = store_->subjects();
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u) << "a name is not kept for its own sake";
  EXPECT_EQ(rows->front().name, "bineta");
  EXPECT_EQ(unreadable("req_c"), "");
}

TEST_F(RetentionTest, ManyThatAreTooOldGoInPieces) {
  for (int i = 0; i < 2'100; ++i) answer("req_" + std::to_string(i), i % 2 ? "amina" : "");
  auto piece = store_->let_go(clock_.now() + std::chrono::hours(1), "kept for 1 day");
  ASSERT_TRUE(piece);
  EXPECT_FALSE(piece->done) << "others have their turn";
  EXPECT_EQ(piece->entries + let_go(clock_.now() + std::chrono::hours(1), "kept for 1 day"), 4'200u);
  EXPECT_GT(store_->erasures(tenant_)->size(), 1u);
  auto lines = store_->journal(0, 10'000);
  audit::Lanes lanes;
  for (std::size_t i = 0; i < lines->size(); ++i) ASSERT_TRUE(lanes.add(i, (*lines)[i]));
  EXPECT_EQ(unreadable("req_2099"), "erased");
}

}  // namespace
}  // namespace entente::store
