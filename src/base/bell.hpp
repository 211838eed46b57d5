// Bell: wakes the one thread that waits for it, whoever rings; what there is to do, it looks up itself. Rings between
// two waits are one; none is lost. Any thread rings, one waits. For coroutines there is notifier.hpp.
#pragma once

#include <condition_variable>
#include <mutex>

namespace entente {

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

}  // namespace entente
