// ModelPulls: models that are on their way here because somebody asked over HTTP, each on a thread of its own.
//
// Files of this machine are not read for that: who asks over HTTP may be elsewhere. Any thread; the destructor stops
// and joins.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/pulling.hpp"
#include "models/model_store.hpp"

namespace entente::app {

class ModelPulls {
 public:
  explicit ModelPulls(models::ModelStore& store) : store_(store) {}
  ~ModelPulls();
  ModelPulls(const ModelPulls&) = delete;
  ModelPulls& operator=(const ModelPulls&) = delete;

  // `installed` is called when it is here.
  Result<> begin(const std::string& what, std::shared_ptr<api::Pulling> pulling, std::function<void()> installed);

 private:
  struct Running {
    std::shared_ptr<api::Pulling> pulling;
    std::thread thread;
  };

  models::ModelStore& store_;
  std::mutex mutex_;
  std::list<Running> running_;  // guarded by mutex_
};

}  // namespace entente::app
