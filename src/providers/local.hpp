// LocalProvider: the engine of this process as a provider.
//
// A model is loaded the first time a piece of work needs it (or by preload() at start), on a thread of its own, one
// model at a time; offers for it wait until it is there. A loaded model stays until retain() is called without it;
// streams that run keep their engine alive. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "local/engine.hpp"
#include "providers/provider.hpp"

namespace entente::providers {

struct LoadedModel {
  std::string name;
  local::EngineInfo info;
  local::EngineStats stats;
};

class LocalProvider : public Provider {
 public:
  // Where the model's file lies and what its maker recommends, or a sentence why there is none.
  struct ModelFile {
    std::filesystem::path path;
    RecommendedSampling sampling;
  };
  using Locate = std::function<Result<ModelFile>(std::string_view model)>;

  static std::shared_ptr<LocalProvider> create(local::EngineOptions defaults, Locate locate);

  virtual void preload(std::string model) = 0;  // returns at once; a failure is logged
  virtual bool loading() const = 0;             // a model is being loaded now
  virtual void retain(const std::set<std::string>& models) = 0;
  virtual std::vector<LoadedModel> loaded() const = 0;
};

}  // namespace entente::providers
