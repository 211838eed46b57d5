#include "local/pooling.hpp"

#include <cmath>

namespace entente::local {

void pool(std::vector<float>& sum, std::span<const float> vector, Pooling pooling) {
  if (sum.empty() || pooling == Pooling::last) {
    sum.assign(vector.begin(), vector.end());
  } else if (pooling == Pooling::mean) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += vector[i];
  }
}

// The number of tokens needs no dividing by: only the direction is left.
std::vector<float> finished_vector(Job& job) {
  std::vector<float> out = std::move(job.vector);
  if (job.wanted.as_it_is) return out;
  if (job.wanted.dimensions > 0 && job.wanted.dimensions < out.size()) out.resize(job.wanted.dimensions);
  double square = 0;
  for (float number : out) square += static_cast<double>(number) * static_cast<double>(number);
  if (square <= 0) return out;
  auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& number : out) number *= scale;
  return out;
}

}  // namespace entente::local
