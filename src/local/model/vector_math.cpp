#include "local/model/vector_math.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace entente::local {

namespace {

// The compilers' own vectors: plain loops are left alone at -O2, and these work for every processor.
constexpr std::size_t lanes = 4;
using Floats [[gnu::vector_size(lanes * sizeof(float))]] = float;
using Ints [[gnu::vector_size(lanes * sizeof(std::int32_t))]] = std::int32_t;

Floats all(float value) { return Floats{} + value; }

Floats load(const float* from) {
  Floats out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

// e^x for x ≤ 0: 2^n × 2^f with n whole and f within ±1/2, the latter by a polynomial (Taylor's in f × ln 2).
Floats exponential(Floats x) {
  constexpr float log2_e = 1.44269504F, least = -125.0F;
  constexpr float to_whole = 12582912.0F;  // 1.5 × 2^23: adding it leaves no bits for a fraction
  Floats y = x * log2_e;
  y = y > least ? y : all(least);
  Floats n = (y + to_whole) - to_whole;
  Floats f = y - n;
  Floats p = all(1.5403530e-4F);
  for (float factor : {1.3333558e-3F, 9.6181291e-3F, 5.5504109e-2F, 2.4022651e-1F, 6.9314718e-1F, 1.0F})
    p = p * f + factor;
  Ints exponent = (__builtin_convertvector(n, Ints) + 127) << 23;
  Floats power;
  std::memcpy(&power, &exponent, sizeof power);
  return y > least ? p * power : Floats{};
}

}  // namespace

std::size_t index_of_largest(std::span<const float> values) {
  // First how large, many at once; then where.
  Floats a = all(values[0]), b = a;
  std::size_t i = 0;
  for (; i + 2 * lanes <= values.size(); i += 2 * lanes) {
    Floats x = load(&values[i]), y = load(&values[i + lanes]);
    a = x > a ? x : a;
    b = y > b ? y : b;
  }
  float largest = values[0];
  for (std::size_t lane = 0; lane < lanes; ++lane) largest = std::max({largest, a[lane], b[lane]});
  for (; i < values.size(); ++i) largest = std::max(largest, values[i]);
  auto at = std::ranges::find(values, largest);
  return at == values.end() ? 0 : static_cast<std::size_t>(at - values.begin());
}

double exponentials(std::span<const float> values, float most, float scale, std::span<float> weights) {
  double sum = 0;
  // Lanes are added up in float over a stretch, stretches in double: a quarter of a million small weights lose nothing.
  constexpr std::size_t stretch = 1024;
  for (std::size_t begin = 0; begin < values.size(); begin += stretch) {
    std::size_t end = std::min(values.size(), begin + stretch);
    Floats sums{};
    std::size_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      Floats weight = exponential((load(&values[i]) - most) * scale);
      std::memcpy(&weights[i], &weight, sizeof weight);
      sums += weight;
    }
    for (; i < end; ++i) {
      weights[i] = exponential(all((values[i] - most) * scale))[0];
      sums[0] += weights[i];
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) sum += static_cast<double>(sums[lane]);
  }
  return sum;
}

}  // namespace entente::local
