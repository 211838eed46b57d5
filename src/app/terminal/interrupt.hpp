// Interrupt: Ctrl-C as something a command looks at, instead of the program's end.
//
// While one lives, SIGINT does not end the process; a thread takes it and stops whatever was begun with
// token(). Make it before other threads start: they inherit the blocked signals. One at a time. The server has its own
// way with signals (serve.cpp).
#pragma once

#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

namespace entente::app {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();

  // Stopped by the first Ctrl-C after this call: a fresh one for each thing that may be interrupted.
  std::stop_token token();

 private:
  void watch(const std::stop_token& ended);

  sigset_t before_, watched_;
  std::mutex mutex_;
  std::stop_source current_;  // guarded by mutex_
  std::jthread watcher_;
};

}  // namespace entente::app
