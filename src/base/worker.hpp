// Worker: one thread for work that blocks (files), so that a coroutine on a network thread can await it.
//
// run() may be awaited from any thread; pieces of work are done one after the other, in the order they came, each to
// its end: who awaits is deaf to cancellation meanwhile. Work that still waits when the Worker is destroyed is done.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/notifier.hpp"
#include "base/task.hpp"

namespace entente {

class Worker {
 public:
  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  template <class T = void>
  [[nodiscard]] Task<T> run(std::function<Result<T>()> work) {
    struct Job {
      Result<T> result = fail(ErrorCode::internal, "The work was not done.");
      Notifier done;
    };
    auto job = std::make_shared<Job>();
    post([job, work = std::move(work)] {
      job->result = work();
      job->done.notify();
    });
    Result<> waited = co_await job->done.wait_to_the_end();
    if (!waited) co_return fail(waited.error());
    co_return std::move(job->result);
  }

 private:
  void post(std::function<void()> job);
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::thread thread_;                      // last: it uses the others
};

}  // namespace entente
