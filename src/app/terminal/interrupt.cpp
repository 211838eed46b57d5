#include "app/terminal/interrupt.hpp"

#include <ctime>

namespace entente::app {

Interrupt::Interrupt() {
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  watcher_ = std::jthread([this](const std::stop_token& ended) { watch(ended); });
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::stop_token Interrupt::token() {
  std::lock_guard lock(mutex_);
  if (current_.stop_requested()) current_ = std::stop_source();
  return current_.get_token();
}

void Interrupt::watch(const std::stop_token& ended) {
  while (!ended.stop_requested()) {
    timespec moment{.tv_sec = 0, .tv_nsec = 50'000'000};
    if (sigtimedwait(&watched_, nullptr, &moment) < 0) continue;
    std::stop_source current;
    {
      std::lock_guard lock(mutex_);
      current = current_;
    }
    current.request_stop();
  }
}

}  // namespace entente::app
