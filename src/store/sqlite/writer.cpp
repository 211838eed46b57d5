#include "store/sqlite/writer.hpp"

#include <chrono>

#include "base/log.hpp"

namespace entente::store {

Writer::Writer(std::unique_ptr<Database> database, Hooks hooks)
    : database_(std::move(database)), hooks_(std::move(hooks)), thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
  }
  queue_->wake.notify_one();
  thread_.join();
}

void Writer::Queue::add(Job job) {
  std::lock_guard lock(mutex);
  waiting.push_back(std::move(job));
}

Task<> Writer::run(Operation operation) {
  auto waiting = std::make_shared<Waiting>();
  queue_->add({.operation = std::move(operation), .task = waiting});
  co_await once_this_turn(queue_);
  CO_TRY(co_await waiting->done.wait_to_the_end());
  co_return waiting->result;
}

Result<> Writer::run_blocking(Operation operation) {
  std::promise<Result<>> promise;
  auto done = promise.get_future();
  queue_->add({.operation = std::move(operation), .task = nullptr, .thread = &promise});
  queue_->wake.notify_one();
  return done.get();
}

void Writer::loop() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds between_looks{1};
  std::vector<Job> jobs;
  auto looked = Clock::now();
  while (true) {
    bool stopping = false;
    {
      std::unique_lock lock(queue_->mutex);
      queue_->wake.wait_until(lock, looked + between_looks,
                              [&] { return queue_->stopping || !queue_->waiting.empty(); });
      jobs.swap(queue_->waiting);
      stopping = queue_->stopping;
    }
    if (!jobs.empty()) {
      commit(jobs);
      jobs.clear();
    } else if (stopping) {
      return;
    }
    // Also between busy commits: a key that was revoked is not good for longer because others have work.
    if (Clock::now() < looked + between_looks) continue;
    if (!healthy()) try_again();
    hooks_.look_around(*database_);
    looked = Clock::now();
  }
}

// All jobs in one transaction. When one of them fails, each gets a transaction of its own: the failure stays with the
// one that caused it.
void Writer::commit(std::vector<Job>& jobs) {
  auto begin = std::chrono::steady_clock::now();
  Result<> together = transaction(jobs);
  last_commit_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (together || jobs.size() == 1) {
    return tell(jobs, together);
  }
  for (Job& job : jobs) tell(std::span(&job, 1), transaction(std::span(&job, 1)));
}

void Writer::tell(std::span<const Job> jobs, const Result<>& result) {
  std::vector<Notifier*> tasks;
  tasks.reserve(jobs.size());
  for (const Job& job : jobs) {
    if (job.thread) {
      job.thread->set_value(result);
    } else {
      job.task->result = result;
      tasks.push_back(&job.task->done);
    }
  }
  Notifier::notify_all(tasks);
}

// After the disk refused, nobody may come any more to write (a server that is not ready gets no work): so we find out
// ourselves when it takes writes again.
void Writer::try_again() {
  Job probe{.operation = [](Database& database) { return database.script("CREATE TABLE probe(x); DROP TABLE probe;"); },
            .task = nullptr};
  if (transaction(std::span(&probe, 1))) log::info("The store can be written again.", {});
}

Result<> Writer::transaction(std::span<const Job> jobs) {
  auto inside = [&]() -> Result<> {
    TRY(database_->run("BEGIN IMMEDIATE"));
    for (const Job& job : jobs) TRY(job.operation(*database_));
    return database_->run("COMMIT");
  };
  Result<> done = inside();
  if (!done) (void)database_->run("ROLLBACK");  // fails when there is nothing to roll back, which is as good
  hooks_.ended(done.has_value());
  bool disk_refused = !done && done.error().code == ErrorCode::unavailable;
  if (disk_refused && healthy_) log::error("The store could not be written.", {{"details", done.error().details}});
  healthy_ = !disk_refused;
  if (done) commits_.fetch_add(1, std::memory_order_relaxed);
  return done;
}

}  // namespace entente::store
