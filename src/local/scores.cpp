#include "local/scores.hpp"

#include <numeric>

namespace entente::local {

namespace {

double product(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Task<std::optional<Event>> ScoreStream::next() {
  while (ready_.empty()) {
    CO_TRY_ASSIGN(std::optional<Event> event, co_await vectors_->next());
    if (!event) co_return std::nullopt;
    auto* vector = std::get_if<Vector>(&*event);
    if (!vector) co_return event;
    take(*vector);
  }
  Score score = ready_.back();
  ready_.pop_back();
  co_return score;
}

void ScoreStream::take(Vector& vector) {
  if (!by_closeness_) {
    ready_.push_back(
        {.index = vector.index, .value = vector.values.empty() ? 0.0 : static_cast<double>(vector.values[0])});
  } else if (vector.index > 0 && query_.empty()) {
    documents_.at(vector.index - 1) = std::move(vector.values);
  } else if (vector.index > 0) {
    ready_.push_back({.index = vector.index - 1, .value = product(query_, vector.values)});
  } else {
    query_ = std::move(vector.values);
    for (std::uint32_t i = 0; i < documents_.size(); ++i) {
      if (!documents_[i].empty()) ready_.push_back({.index = i, .value = product(query_, documents_[i])});
    }
    documents_.clear();
  }
}

}  // namespace entente::local
