// RecordKeeping: what is to be done with the store's records as time passes: what the operator did by a command is
// written into the log, erasures that were asked for are carried out, days that ended get their heads, and what is
// older than the configuration allows is let go of.
//
// One thread, the main one: tend() is called once a second and is quick when there is nothing to do. A failure (a full
// disk) is said once and tried again.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace entente::app {

class RecordKeeping {
 public:
  RecordKeeping(std::shared_ptr<store::Store> store, const Clock& clock) : store_(std::move(store)), clock_(clock) {}

  // How long what is kept; 0: for good.
  struct Keep {
    std::chrono::milliseconds records{0};
    std::chrono::milliseconds accounts{0};
    friend bool operator==(const Keep&, const Keep&) = default;
  };
  void tend(const Keep& keep);

 private:
  void write_acts();
  void carry_out_erasures();
  Result<bool> end_days(const std::string& today, const Keep& keep);  // whether all of it is done
  Result<bool> let_go(const Keep& keep);
  Instant before(std::chrono::milliseconds keep) const;

  const std::shared_ptr<store::Store> store_;
  const Clock& clock_;
  std::string heads_for_;                 // the day on which those of the days before were written
  std::string done_for_;                  // the day on which all that is due when a day has ended was done
  std::size_t let_go_ = 0, dropped_ = 0;  // entries of the pieces so far
  Keep kept_;
  std::chrono::steady_clock::time_point next_try_;
  bool writing_acts_ = true, erasing_ = true;  // it worked the last time
};

}  // namespace entente::app
