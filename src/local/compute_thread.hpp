// ComputeThread: the one thread of a process that computes, for all models that are loaded.
//
// There must be no second one: libgomp keeps helpers for every thread that ever computed, and once it has more than
// there are cores, all of them sleep at each barrier instead of spinning (a third to a half of the speed on two cores).
// So models take turns by steps (turns.hpp), each getting the same time while it has work. A step is never interrupted
// for another model's sake; instead, prompts are computed in pieces that fit engine.answer_gap while another model has
// answers that run.
//
// add() and remove() may be called from any thread but this one. add() returns when the Part has begun; remove() when
// no step of that Part runs and none will: at most after the step it is in, which the Part may cut short.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/bell.hpp"
#include "local/scheduling/turns.hpp"

namespace entente::local {

class ComputeThread {
 public:
  // What it runs: one model's loop. All of it is called on the thread, by nobody else.
  class Part {
   public:
    virtual ~Part() = default;
    virtual void begin() = 0;  // once, before the first step: what only costs the first time
    // One step, if there is something to compute; false: nothing until the bell rings. `answers_beside`: another model
    // has answers that run, and should not wait long.
    virtual bool step(bool answers_beside) = 0;
    virtual bool has_answers() const = 0;              // that ran in its last step
    virtual void others_computed(double seconds) = 0;  // while this one had work, too
  };

  ComputeThread();
  ~ComputeThread();  // with no part left
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;

  void add(Part& part);
  void remove(Part& part);

  std::shared_ptr<Bell> bell() const { return bell_; }

 private:
  struct Seat {
    Turns::Id id;
    bool begun = false;
  };

  void run();
  bool run_one();

  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::mutex mutex_;
  std::condition_variable changed_;  // a part has begun, or has come out of its step
  std::map<Part*, Seat> parts_;      // guarded by mutex_
  Turns turns_;                      // guarded by mutex_
  Turns::Id next_id_ = 1;            // guarded by mutex_
  const Part* stepping_ = nullptr;   // guarded by mutex_
  bool ending_ = false;              // guarded by mutex_
  std::thread thread_;               // last: starts when the rest is there
};

}  // namespace entente::local
