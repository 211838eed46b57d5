// One batch while it is worked on, and what a thread of Batches does next; for batches.cpp and batch_work.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "api/batches.hpp"

namespace entente::api {

constexpr std::chrono::seconds looks_again{30};  // for batches whose time is over, or whose results could not be read

struct Batches::Work {
  wire::Batch batch;
  std::vector<wire::BatchLine> lines;    // not answered when it was taken up; not changed while it is ready
  std::size_t next = 0;                  // of those
  std::vector<wire::BatchLine> unasked;  // there was no room for them until it was too late
  std::uint32_t running = 0;
  bool ready = false;                                // the lines are read
  bool taken = false;                                // somebody prepares or finishes it
  std::chrono::steady_clock::time_point not_before;  // preparing it failed: tried again from then on
  std::mutex on_disk;                                // one writer at a time
};

struct Batches::Turn {
  enum class What { nothing, prepare, line, finish };
  What what = What::nothing;
  Work* work = nullptr;
  const wire::BatchLine* line = nullptr;
};

}  // namespace entente::api
