// AnswerChannel: the way of one answer from the thread that computes to its one reader.
//
// The engine pushes and never waits: it asks full() first and lets an answer rest whose reader is slow; when the reader
// has made room, or has left, `wake` is called (on the reader's thread). The reader awaits next(). What the answer
// consumed so far is counted here, exact at any moment. Held by shared_ptr on both sides.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "base/notifier.hpp"
#include "domain/event.hpp"

namespace entente::local {

class AnswerChannel {
 public:
  // `parts`: how many pieces of work write into it; its end is that of the last one.
  explicit AnswerChannel(std::function<void(bool left)> wake, std::size_t parts = 1)
      : wake_(std::move(wake)), parts_(parts) {}

  // The engine's side.
  void push(Event event);
  void finish();           // a part has pushed its last event; the last part's end brings the usage, too
  void fail(Error error);  // instead of an end
  bool full() const;
  bool left() const { return left_.load(std::memory_order_relaxed); }
  void count_prompt(std::int64_t tokens) { prompt_tokens_.fetch_add(tokens, std::memory_order_relaxed); }
  void count_cached(std::int64_t tokens) {  // part of the prompt, not computed again
    prompt_tokens_.fetch_add(tokens, std::memory_order_relaxed);
    cached_tokens_.fetch_add(tokens, std::memory_order_relaxed);
  }
  void count_energy(double microjoules) { energy_uj_.fetch_add(microjoules, std::memory_order_relaxed); }
  void count_completion(std::int64_t tokens) { completion_tokens_.fetch_add(tokens, std::memory_order_relaxed); }

  // The reader's side.
  [[nodiscard]] Task<std::optional<Event>> next();
  bool has_next() const;  // an event is there already
  void leave();

  Usage usage() const;

 private:
  static constexpr std::size_t capacity = 256;  // events: seconds of an answer, a few tens of kilobytes

  void end(Result<> how);

  const std::function<void(bool left)> wake_;
  std::atomic<std::size_t> parts_;  // not finished
  mutable std::mutex mutex_;
  std::deque<Event> events_;       // guarded by mutex_
  std::optional<Result<>> ended_;  // guarded by mutex_
  bool was_full_ = false;          // guarded by mutex_
  Notifier something_to_read_;
  std::atomic<bool> left_ = false;
  std::atomic<std::int64_t> prompt_tokens_ = 0, cached_tokens_ = 0, completion_tokens_ = 0;
  std::atomic<double> energy_uj_ = 0;  // not a number: a step was not measured
};

}  // namespace entente::local
