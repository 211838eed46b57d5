// RunningServer: a server from its first step to its last. start() builds everything in the order of serve.cpp's list
// and returns when it listens; the destructor takes it down in the reverse order. reload() reads the configuration
// again: the whole of it applies or, if anything is wrong, none.
//
// Called from one thread, the main one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "store/store.hpp"

namespace entente::app {

class RunningServer {
 public:
  static Result<std::unique_ptr<RunningServer>> start(config::Loaded loaded);
  virtual ~RunningServer() = default;

  virtual std::vector<std::string> addresses() const = 0;
  virtual store::Store& store() = 0;
  virtual std::string not_ready() const = 0;  // why not; empty when ready
  virtual Result<> reload() = 0;
  virtual void look_for_models() = 0;                      // another process may have installed or removed some
  virtual void tend_records() = 0;                         // app/records/record_keeping.hpp
  virtual void stop(std::chrono::milliseconds limit) = 0;  // answers that run may end within it
  virtual std::chrono::milliseconds drain_time() const = 0;
};

// Serves until SIGINT or SIGTERM; SIGHUP reloads. Returns the exit code. Both functions run once in the main thread:
// `when_listening` before the first signal is looked at, so it must not take long, `when_stopping` before answers that
// run are waited for.
int serve_until_told(config::Loaded loaded, const std::function<Result<>(RunningServer&)>& when_listening = {},
                     const std::function<void()>& when_stopping = {});

}  // namespace entente::app
