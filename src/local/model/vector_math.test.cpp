#include "local/model/vector_math.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> value(-3, 6);
  std::vector<float> out(count);
  for (float& x : out) x = value(random);
  return out;
}

TEST(VectorMath, TheLargestIsFoundWhereverItStands) {
  for (std::size_t count : {1u, 2u, 15u, 16u, 17u, 100u, 4096u}) {
    for (std::size_t at = 0; at < count; at += 1 + count / 9) {
      std::vector<float> values = random_values(count, 3);
      values[at] = 1000;
      EXPECT_EQ(index_of_largest(values), at);
      if (at + 1 < count) values.back() = 1000;
      EXPECT_EQ(index_of_largest(values), at) << "the first of equals";
    }
  }
  EXPECT_EQ(index_of_largest(std::vector<float>(9, -INFINITY)), 0u);
}

TEST(VectorMath, ExponentialsAreExactToSixDigits) {
  for (std::size_t count : {1u, 16u, 17u, 1024u, 1031u, 50000u}) {
    std::vector<float> values = random_values(count, 5), weights(count);
    values[count / 2] = 40;
    for (float scale : {0.5F, 1.0F, 5.0F}) {
      double sum = exponentials(values, 40, scale, weights), expected = 0;
      for (std::size_t i = 0; i < count; ++i) {
        double exact = std::exp(static_cast<double>((values[i] - 40) * scale));
        expected += exact;
        // Rounding of the exponent itself grows with its size: 2^-24 of up to 87.
        EXPECT_NEAR(static_cast<double>(weights[i]), exact, exact * 1e-5 + 1e-37) << values[i];
      }
      EXPECT_NEAR(sum, expected, expected * 1e-6);
    }
  }
  std::vector<float> values{0, -INFINITY, -1e30F}, weights(3);
  EXPECT_EQ(exponentials(values, 0, 2, weights), 1.0);
  EXPECT_EQ(weights, (std::vector<float>{1, 0, 0}));
}

}  // namespace
}  // namespace entente::local
