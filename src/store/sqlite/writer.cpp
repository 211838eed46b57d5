#include "store/sqlite/writer.hpp"

#include <chrono>
#include <future>

#include "base/log.hpp"

namespace entente::store {

Writer::Writer(std::unique_ptr<Database> database, std::function<void(Database&)> look_around)
    : database_(std::move(database)), look_around_(std::move(look_around)), thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::hand_in(Job job) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
}

Task<> Writer::run(Operation operation) {
  struct Waiting {
    Result<> result;
    Notifier done;
  };
  auto waiting = std::make_shared<Waiting>();
  hand_in({std::move(operation), [waiting](Result<> result) {
             waiting->result = std::move(result);
             waiting->done.notify();
           }});
  CO_TRY(co_await waiting->done.wait_to_the_end());
  co_return waiting->result;
}

Result<> Writer::run_blocking(Operation operation) {
  std::promise<Result<>> promise;
  auto done = promise.get_future();
  hand_in({std::move(operation), [&promise](Result<> result) { promise.set_value(std::move(result)); }});
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
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, looked + between_looks, [&] { return stopping_ || !waiting_.empty(); });
      jobs.swap(waiting_);
      stopping = stopping_;
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
    look_around_(*database_);
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
    for (Job& job : jobs) job.done(together);
    return;
  }
  for (Job& job : jobs) job.done(transaction(std::span(&job, 1)));
}

// After the disk refused, nobody may come any more to write (a server that is not ready gets no work): so we find out
// ourselves when it takes writes again.
void Writer::try_again() {
  Job probe{.operation = [](Database& database) { return database.script("CREATE TABLE probe(x); DROP TABLE probe;"); },
            .done = {}};
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
  bool disk_refused = !done && done.error().code == ErrorCode::unavailable;
  if (disk_refused && healthy_) log::error("The store could not be written.", {{"details", done.error().details}});
  healthy_ = !disk_refused;
  if (done) commits_.fetch_add(1, std::memory_order_relaxed);
  return done;
}

}  // namespace entente::store
