// What the API knows of model files on this machine, and of one that is on its way here.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/notifier.hpp"
#include "base/result.hpp"

namespace entente::api {

struct ModelFile {
  std::string name, sha256;
  std::uint64_t bytes = 0;
  Instant added{};
  // What its header says.
  std::string architecture, quantisation, licence;
  std::uint64_t parameters = 0;
  std::uint64_t context_tokens = 0;  // what can be used here: as loaded, or as it would be
  bool chats = false, calls_tools = false, only_reads = false;
  bool thinks = false;  // its template has a place for thoughts
  bool sees = false;    // it has a projector of pictures
};

// Written by the thread that fetches, read by the one task that asked; whoever leaves asks it to stop.
class Pulling {
 public:
  struct State {
    std::uint64_t done = 0, total = 0;         // bytes; total 0: not known
    bool checking = false;                     // everything is here, and its hash is computed
    std::optional<Result<std::string>> ended;  // the model's name here
  };

  void progress(std::uint64_t done, std::uint64_t total, bool checking) {
    change([&](State& state) {
      state.done = done;
      state.total = total;
      state.checking = checking;
    });
  }
  void end(Result<std::string> how) {
    change([&](State& state) { state.ended = std::move(how); });
  }

  State state() const {
    std::lock_guard lock(mutex_);
    return state_;
  }
  Notifier& changed() { return changed_; }
  std::stop_source& stop() { return stop_; }

 private:
  template <class Change>
  void change(Change change) {
    {
      std::lock_guard lock(mutex_);
      change(state_);
    }
    changed_.notify();
  }

  mutable std::mutex mutex_;
  State state_;  // guarded by mutex_
  Notifier changed_;
  std::stop_source stop_;
};

}  // namespace entente::api
