#include "base/suggest.hpp"

#include <algorithm>
#include <vector>

namespace entente {

namespace {

// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view wanted, std::span<const std::string> candidates) {
  std::string best;
  std::size_t least = std::string_view::npos;
  for (const std::string& candidate : candidates) {
    std::size_t shorter = std::min(wanted.size(), candidate.size()), longer = std::max(wanted.size(), candidate.size());
    std::size_t allowed = std::max<std::size_t>(longer / 3, 1);
    // Lengths alone tell: a client's key may have megabytes, and the distance takes their product.
    if (longer - shorter > allowed) continue;
    std::size_t d = distance(wanted, candidate);
    if (d <= allowed && d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace entente
