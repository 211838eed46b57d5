// Writer: the one thread that owns the store's connection, and its group commit.
//
// Whatever has been handed in when the thread is free becomes one transaction: a commit's disk flush (about 0.1–0.2 ms)
// is shared by all who wait. A network thread wakes the writer when all of its tasks that could run have run, so that
// what they hand in goes together and costs one waking. An operation that fails is rolled back alone; a commit that
// fails fails all of its operations. run() may be awaited on any thread and returns when the commit is on disk; it is
// deaf to cancellation.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/notifier.hpp"
#include "base/turn.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

class Writer {
 public:
  using Operation = std::function<Result<>(Database&)>;

  // Both are called on the writer's thread.
  struct Hooks {
    std::function<void(Database&)> look_around;  // once a second, busy or not
    std::function<void(bool kept)> ended;        // a transaction: committed, or rolled back
  };
  Writer(std::unique_ptr<Database> database, Hooks hooks);
  ~Writer();  // finishes what was handed in

  Task<> run(Operation operation);
  Result<> run_blocking(Operation operation);

  double last_commit_seconds() const { return last_commit_seconds_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

 private:
  // Who handed an operation in waits for one of both, until the commit is on disk or has failed.
  struct Waiting {
    Result<> result;
    Notifier done;
  };
  struct Job {
    Operation operation;
    std::shared_ptr<Waiting> task;
    std::promise<Result<>>* thread = nullptr;
  };
  // What waits for the writer, and the writer for it. Outlives the Writer: who was to ring may come late.
  struct Queue final : OnceATurn {
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<Job> waiting;
    bool stopping = false;
    void add(Job job);
    void turn_ended() noexcept override { wake.notify_one(); }
  };
  void loop();
  void commit(std::vector<Job>& jobs);
  static void tell(std::span<const Job> jobs, const Result<>& result);
  void try_again();
  Result<> transaction(std::span<const Job> jobs);

  std::unique_ptr<Database> database_;
  const Hooks hooks_;
  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::atomic<double> last_commit_seconds_ = 0;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<bool> healthy_ = true;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace entente::store
