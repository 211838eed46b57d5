// Writer: the one thread that owns the store's connection, and its group commit.
//
// Whatever has been handed in when the thread is free becomes one transaction: a commit's disk flush (about 0.1–0.2 ms)
// is shared by all who wait. An operation that fails is rolled back alone; a commit that fails fails all of its
// operations. run() may be awaited on any thread and returns when the commit is on disk; it is deaf to cancellation.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/notifier.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

class Writer {
 public:
  using Operation = std::function<Result<>(Database&)>;

  // `look_around` runs on the writer's thread once a second, busy or not.
  Writer(std::unique_ptr<Database> database, std::function<void(Database&)> look_around);
  ~Writer();  // finishes what was handed in

  Task<> run(Operation operation);
  Result<> run_blocking(Operation operation);

  double last_commit_seconds() const { return last_commit_seconds_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    Operation operation;
    std::function<void(Result<>)> done;  // called on the writer's thread when the commit is on disk, or has failed
  };
  void hand_in(Job job);
  void loop();
  void commit(std::vector<Job>& jobs);
  void try_again();
  Result<> transaction(std::span<const Job> jobs);

  std::unique_ptr<Database> database_;
  std::function<void(Database&)> look_around_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> waiting_;  // guarded by mutex_
  bool stopping_ = false;     // guarded by mutex_
  std::atomic<double> last_commit_seconds_ = 0;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<bool> healthy_ = true;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace entente::store
