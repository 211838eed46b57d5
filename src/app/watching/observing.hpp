// Observing: what the running server tells the outside of itself: Prometheus metrics and traces. Translates what api/
// and gateway/ report into telemetry's words; holds no state of the work. Any thread, but watch(), unwatch() and
// declare() are the main thread's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/api.hpp"
#include "app/records/log_keeper.hpp"
#include "config/config.hpp"
#include "gateway/run.hpp"
#include "net/server.hpp"
#include "providers/local.hpp"
#include "store/store.hpp"

namespace entente::app {

class Observing {
 public:
  static Result<std::unique_ptr<Observing>> create(const config::Config& config);
  virtual ~Observing() = default;  // sends what waits, for a moment

  virtual void declare(const Catalogue& catalogue) = 0;
  virtual void watch(const net::Server& server, const store::Store& store, const providers::LocalProvider& local,
                     const gateway::Gateway& gateway, const LogKeeper& log_keeper) = 0;
  virtual void unwatch() = 0;

  virtual std::string metrics_text() const = 0;
  virtual std::string begin_trace(std::string_view incoming) = 0;
  virtual void answered(const api::Services::Answered& answered) = 0;
  virtual void settled(const gateway::Settled& settled) = 0;
};

}  // namespace entente::app
