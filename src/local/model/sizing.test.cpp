#include "local/model/sizing.hpp"

#include <gtest/gtest.h>

namespace entente::local {
namespace {

constexpr std::uint64_t GB = 1'000'000'000;
constexpr ModelNeeds small{.bytes_per_token = 23'040, .trained_context_tokens = 8192};

TEST(ChooseShape, ARoomyMachineGetsTheUsualShape) { EXPECT_EQ(choose_shape(small, 0, 0, 3 * GB), (Shape{8, 4096})); }

TEST(ChooseShape, AShortOfMemoryMachineGetsShorterThenFewerSequences) {
  EXPECT_EQ(choose_shape(small, 0, 0, GB / 2), (Shape{8, 2560}));
  EXPECT_EQ(choose_shape(small, 0, 0, GB / 8), (Shape{2, 2560}));
  EXPECT_EQ(choose_shape(small, 0, 0, 0), (Shape{1, 512})) << "little is better than nothing";
}

TEST(ChooseShape, WishesAreKeptButNoContextBeyondTheTraining) {
  EXPECT_EQ(choose_shape(small, 3, 1000, GB / 8), (Shape{3, 1000}));
  EXPECT_EQ(choose_shape(small, 1, 100'000, 3 * GB), (Shape{1, 8192}));
  EXPECT_EQ(choose_shape({.bytes_per_token = 1000, .trained_context_tokens = 1024}, 0, 0, 3 * GB), (Shape{8, 1024}));
}

TEST(BytesOf, CountsWeightsCellsAndTheBuffersOfAStep) {
  constexpr std::uint64_t MiB = 1024 * 1024;
  ModelNeeds smollm{.bytes_per_token = 23'040,
                    .trained_context_tokens = 2048,
                    .weights = 92 * MiB,
                    .vocabulary = 49'152,
                    .width = 576};
  // As libllama itself reported them: 720 MiB of cells, 107 MiB of buffers.
  EXPECT_NEAR(static_cast<double>(bytes_of(smollm, {8, 4096})) / MiB, 92 + 720 + 107 + 12, 5);
  EXPECT_NEAR(static_cast<double>(bytes_of(smollm, {8, 256})) / MiB, 92 + 45 + 51 + 12, 5);
}

TEST(SizeIn, TakesWhatFitsDownToTheLeast) {
  constexpr std::uint64_t MB = 1'000'000;
  ModelNeeds needs = small;
  needs.weights = 100 * MB;
  Size least = least_size(needs, {}), useful = useful_size(needs, {}, GB);
  EXPECT_EQ(least.shape, (Shape{1, 512}));
  EXPECT_GT(useful.shape.sequences, 1u);
  EXPECT_GE(useful.shape.context_tokens, 2048u);
  std::uint64_t before = 0;
  for (std::uint64_t room = least.bytes; room < GB; room += 10 * MB) {
    Size size = size_in(needs, {}, GB, room);
    EXPECT_LE(size.bytes, room);
    EXPECT_GE(size.bytes, before) << "more room, less taken";
    before = size.bytes;
  }
  EXPECT_LT(before, 2 * GB / 3) << "others are to fit beside it";
  EXPECT_GE(size_in(needs, {}, GB, useful.bytes).shape.sequences, useful.shape.sequences - 1);
}

TEST(SizeIn, WishesAreKept) {
  Wishes wishes{.sequences = 2, .context_tokens = 1024, .prefix_bytes = 5000};
  for (const Size& size : {least_size(small, wishes), useful_size(small, wishes, GB), size_in(small, wishes, GB, GB)}) {
    EXPECT_EQ(size.shape, (Shape{2, 1024}));
    EXPECT_EQ(size.prefix_bytes, 5000u);
  }
}

}  // namespace
}  // namespace entente::local
