#include "local/answer_channel.hpp"

#include <cmath>
#include <utility>

namespace entente::local {

void AnswerChannel::push(Event event) {
  {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    was_full_ = was_full_ || events_.size() >= capacity;
  }
  something_to_read_.notify();
}

void AnswerChannel::finish() {
  if (parts_.fetch_sub(1) > 1) return;
  push(usage());
  end({});
}
void AnswerChannel::fail(Error error) { end(entente::fail(std::move(error))); }

void AnswerChannel::end(Result<> how) {
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = std::move(how);
  }
  something_to_read_.notify();
}

bool AnswerChannel::full() const {
  std::lock_guard lock(mutex_);
  return was_full_;
}

Task<std::optional<Event>> AnswerChannel::next() {
  while (true) {
    std::optional<Event> event;
    bool room = false;
    {
      std::lock_guard lock(mutex_);
      if (!events_.empty()) {
        event = std::move(events_.front());
        events_.pop_front();
        // Half of the room, so that a slow reader wakes the engine seldom.
        room = was_full_ && events_.size() <= capacity / 2;
        if (room) was_full_ = false;
      } else if (ended_) {
        if (!*ended_) co_return entente::fail(ended_->error());
        co_return std::nullopt;
      }
    }
    if (room) wake_(false);
    if (event) co_return event;
    CO_TRY(co_await something_to_read_.wait());
  }
}

bool AnswerChannel::has_next() const {
  std::lock_guard lock(mutex_);
  return !events_.empty();
}

void AnswerChannel::leave() {
  left_ = true;
  wake_(true);
}

Usage AnswerChannel::usage() const {
  double energy = energy_uj_.load(std::memory_order_relaxed);
  return {.prompt_tokens = prompt_tokens_.load(std::memory_order_relaxed),
          .cached_tokens = cached_tokens_.load(std::memory_order_relaxed),
          .completion_tokens = completion_tokens_.load(std::memory_order_relaxed),
          .energy_mj = energy > 0 ? std::optional(std::llround(energy / 1000)) : std::nullopt};
}

}  // namespace entente::local
