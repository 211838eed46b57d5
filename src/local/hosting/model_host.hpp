// ModelHost: which models are in memory. Loads one when it is asked for, on a thread of its own, one at a time; makes
// room for it within one budget; unloads what nobody used for a while.
//
// engine() gives a Lease, at once or when the model is there. A model that must go takes nothing new, lets what holds a
// Lease come to its end, and is destroyed on the loader's thread; who asks for it meanwhile waits until it is brought
// back. No answer is ever ended to make room: when the room is not there within `patience`, those who wait are refused.
//
// Any thread. Errors of engine(): what load() said; insufficient room: unavailable (reason "model_too_large") for ever,
// overloaded with retry_after for now; rate_limited when a tenant has too many waiting; cancelled.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "local/engine.hpp"
#include "local/hosting/memory_ledger.hpp"

namespace entente::local {

enum class Stage { absent, waiting, loading, ready, unloading, failed };
std::string_view to_string(Stage stage);

class ModelHost {
 public:
  struct Options {
    std::uint64_t budget = 0;  // bytes for all models
    std::set<std::string> pinned = {};
    std::chrono::milliseconds patience{15'000};   // to get the room
    std::chrono::milliseconds unload_after{0};    // unused; 0: never
    std::chrono::milliseconds tell_every{1'000};  // those who wait, how far it is
    std::uint32_t waiting = 64;                   // of one tenant, for one model
  };
  struct Loaded {
    std::shared_ptr<Engine> engine;
    std::uint64_t bytes = 0;  // at most the room
  };
  // A model that has been looked at: what it needs, and how it is loaded with that knowledge. `progress` gets 0 to 1;
  // false: stop.
  struct Prepared {
    MemoryLedger::Wanted sizes;
    std::function<Result<Loaded>(std::uint64_t room, const std::function<bool(float)>& progress)> load;
  };
  using Prepare = std::function<Result<Prepared>(const std::string& model)>;

  ModelHost(Options options, Prepare prepare);  // both are called on the loader's thread
  ~ModelHost();                                 // stops a loading; leases may outlive it

  struct State;
  // The right to use an engine; while it is held the model stays.
  class Lease {
   public:
    Lease() = default;
    Lease(std::shared_ptr<State> state, std::string model, std::shared_ptr<Engine> engine);
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Engine& operator*() const { return *engine_; }
    Engine* operator->() const { return engine_.get(); }

   private:
    std::shared_ptr<State> state_;
    std::string model_;
    std::shared_ptr<Engine> engine_;
  };

  struct Progress {
    Stage stage = Stage::waiting;
    float fraction = 0;  // of the loading
  };
  using Told = std::function<Task<>(const Progress&)>;

  // `told`: awaited about every `tell_every` while the model is not there; its error ends the waiting.
  Task<Lease> engine(std::string model, std::string tenant, const Told& told);

  void preload(std::string model);  // in the background, if there is room beside what is loaded
  bool preloading() const;
  void retain(const std::set<std::string>& models);  // others go

  struct Resident {
    std::string name;
    Stage stage = Stage::absent;
    float fraction = 0;
    std::uint64_t bytes = 0;
    bool pinned = false;
    std::uint32_t waiting = 0;             // requests, for it to be there
    std::string error;                     // of a loading that failed
    double load_seconds = 0;               // the last time
    std::optional<double> unload_in = {};  // seconds, if nobody uses it until then; none: it stays
    EngineInfo info;                       // when loaded
    EngineStats stats;
  };
  // Every model that is loaded, comes, goes or has failed.
  std::vector<Resident> residents() const;
  std::uint64_t budget() const;

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace entente::local
