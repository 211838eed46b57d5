// TransferLine: how far a transfer is, how fast, and how long it still takes. One line that is drawn anew on a
// terminal; elsewhere (a log, a pipe) a line every ten seconds. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace entente::app {

// "34 %, 330 MB of 980 MB, 12 MB/s, 55 s left". total 0: not known; rate 0: not known yet.
std::string describe_transfer(std::uint64_t done, std::uint64_t total, double bytes_per_second);

class TransferLine {
 public:
  explicit TransferLine(std::string what) : what_(std::move(what)) {}
  ~TransferLine() { end(); }

  void show(std::uint64_t done, std::uint64_t total);
  void end();  // takes the line away

 private:
  using Steady = std::chrono::steady_clock;
  double rate(Steady::time_point now, std::uint64_t done);

  std::string what_;
  std::deque<std::pair<Steady::time_point, std::uint64_t>> lately_;  // what was there when, over some seconds
  Steady::time_point drawn_;
  bool on_screen_ = false;
};

}  // namespace entente::app
