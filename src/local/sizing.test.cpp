#include "local/sizing.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

constexpr std::uint64_t GB = 1'000'000'000;
constexpr ModelNeeds small{.bytes_per_token = 23'040, .trained_context_tokens = 8192};

TEST(ChooseShape, ARoomyMachineGetsTheUsualShape) { EXPECT_EQ(choose_shape(small, 0, 0, 24 * GB), (Shape{8, 4096})); }

TEST(ChooseShape, AShortOfMemoryMachineGetsShorterThenFewerSequences) {
  EXPECT_EQ(choose_shape(small, 0, 0, 4 * GB), (Shape{8, 2560}));
  EXPECT_EQ(choose_shape(small, 0, 0, 1 * GB), (Shape{2, 2560}));
  EXPECT_EQ(choose_shape(small, 0, 0, 0), (Shape{1, 512})) << "little is better than nothing";
}

TEST(ChooseShape, WishesAreKeptButNoContextBeyondTheTraining) {
  EXPECT_EQ(choose_shape(small, 3, 1000, 1 * GB), (Shape{3, 1000}));
  EXPECT_EQ(choose_shape(small, 1, 100'000, 24 * GB), (Shape{1, 8192}));
  EXPECT_EQ(choose_shape({.bytes_per_token = 1000, .trained_context_tokens = 1024}, 0, 0, 24 * GB), (Shape{8, 1024}));
}

}  // namespace
}  // namespace entente::local
