#include "local/compute_thread.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

namespace entente::local {

ComputeThread::ComputeThread() : thread_([this] { run(); }) {}

ComputeThread::~ComputeThread() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  bell_->ring();
  thread_.join();
}

void ComputeThread::add(Part& part) {
  std::unique_lock lock(mutex_);
  turns_.add(next_id_);
  parts_[&part] = {.id = next_id_++};
  bell_->ring();
  changed_.wait(lock, [&] { return parts_.at(&part).begun; });
}

void ComputeThread::remove(Part& part) {
  std::unique_lock lock(mutex_);
  turns_.remove(parts_.at(&part).id);
  parts_.erase(&part);
  changed_.wait(lock, [&] { return stepping_ != &part; });
}

void ComputeThread::run() {
  pthread_setname_np(pthread_self(), "compute");
  while (true) {
    if (run_one()) continue;
    {
      std::lock_guard lock(mutex_);
      if (ending_) return;
    }
    bell_->wait();
  }
}

// Asks the parts in turn until one has computed something.
bool ComputeThread::run_one() {
  std::unique_lock lock(mutex_);
  for (Turns::Id id : turns_.order()) {
    auto at = std::ranges::find_if(parts_, [id](const auto& part) { return part.second.id == id; });
    if (at == parts_.end()) continue;  // removed since
    Part& part = *at->first;
    bool first = !at->second.begun;
    bool answers_beside = std::ranges::any_of(parts_, [&](const auto& other) {
      return other.second.id != id && !turns_.idle(other.second.id) && other.first->has_answers();
    });
    stepping_ = &part;
    lock.unlock();
    auto began = std::chrono::steady_clock::now();
    if (first) part.begin();
    bool worked = first || part.step(answers_beside);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    lock.lock();
    stepping_ = nullptr;
    at = parts_.find(&part);
    if (at != parts_.end()) at->second.begun = true;
    changed_.notify_all();
    if (at == parts_.end()) continue;
    if (!worked) {
      turns_.had_nothing(id);
      continue;
    }
    turns_.used(id, seconds);
    for (const auto& [other, seat] : parts_) {
      if (seat.id != id && !turns_.idle(seat.id)) other->others_computed(seconds);
    }
    return true;
  }
  return false;
}

}  // namespace entente::local
