// Desk: where network threads leave work for the engine's thread: what waits, what was promised, and the bell.
//
// Everything is guarded by `mutex` except the atomics. Shared by the engine, its tickets and its streams, so that each
// may end first.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "local/job.hpp"

namespace entente::local {

struct Desk {
  std::mutex mutex;
  std::condition_variable bell;
  bool rung = false;
  std::deque<std::unique_ptr<Job>> waiting;  // for sequences
  std::uint32_t promised = 0;                // tickets that were not started yet
  std::uint32_t free_sequences = 0;
  double job_seconds = 1;  // how long a job holds its sequences, a moving mean

  std::atomic<bool> stopping = false;
  std::atomic<std::uint32_t> running = 0;
  std::atomic<std::uint64_t> prompt_tokens = 0, completion_tokens = 0, steps = 0, step_microseconds = 0;

  void ring() {
    {
      std::lock_guard lock(mutex);
      rung = true;
    }
    bell.notify_one();
  }
};

}  // namespace entente::local
