// Bell: wakes the thread that computes, whoever rings: new work, a reader that left or made room, a model that came or
// goes. Rings between two waits are one; none is lost. Any thread rings, one waits.
#pragma once

#include <condition_variable>
#include <mutex>

namespace entente::local {

class Bell {
 public:
  void ring() {
    {
      std::lock_guard lock(mutex_);
      rung_ = true;
    }
    changed_.notify_one();
  }

  // Returns at once when it was rung since the last wait.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace entente::local
