// Desk: where network threads and the thread that computes meet over one model: the scheduler, work that has just been
// started, and the bell.
//
// Everything is guarded by `mutex` except the bell and the atomics. Shared by the engine, its tickets and its streams,
// so that each may end first. The thread that computes holds the mutex while it plans a step, never while it computes
// one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bell.hpp"
#include "local/job.hpp"
#include "local/scheduling/scheduler.hpp"

namespace entente::local {

struct Desk {
  Desk(SchedulerLimits limits, std::vector<FairWeight> weights, std::shared_ptr<Bell> rings)
      : bell(std::move(rings)), scheduler(limits, std::move(weights)) {}

  const std::shared_ptr<Bell> bell;
  std::mutex mutex;
  Scheduler scheduler;  // a ticket that was not started is in it, held
  Scheduler::Id next_id = 1;
  std::vector<std::unique_ptr<Job>> started;  // for the loop to take over

  std::atomic<bool> stopping = false;
  std::atomic<std::uint32_t> running = 0, waiting = 0;
  std::atomic<std::uint64_t> prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, steps = 0,
                             step_microseconds = 0, microjoules = 0;
  std::atomic<std::uint64_t> proposed_tokens = 0, proposed_right = 0, drafted_tokens = 0, drafted_right = 0;
  std::atomic<std::uint64_t> parked = 0, prefix_bytes = 0, cells_used = 0;

  // From a reader: it has made room, or has left; then nothing more is promised or computed for it.
  void wake(Scheduler::Id id, bool left) {
    if (left) {
      std::lock_guard lock(mutex);
      scheduler.set_leaving(id);
    }
    bell->ring();
  }
};

}  // namespace entente::local
