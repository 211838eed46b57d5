#include "local/scheduling/turns.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace entente::local {

void Turns::add(Id id) { shares_.emplace(id, Share{}); }
void Turns::remove(Id id) { shares_.erase(id); }

std::vector<Turns::Id> Turns::order() const {
  std::vector<Id> ids;
  ids.reserve(shares_.size());
  for (const auto& [id, share] : shares_) ids.push_back(id);
  std::ranges::stable_sort(ids, {}, [this](Id id) {
    const Share& share = shares_.at(id);
    return std::pair(share.seconds, share.idle);
  });
  return ids;
}

void Turns::had_nothing(Id id) { shares_.at(id).idle = true; }

void Turns::used(Id id, double seconds) {
  Share& share = shares_.at(id);
  if (std::exchange(share.idle, false)) share.seconds = std::max(share.seconds, now_);
  now_ = share.seconds;
  share.seconds += seconds;
}

}  // namespace entente::local
