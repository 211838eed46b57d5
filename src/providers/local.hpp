// LocalProvider: the engine of this process as a provider.
//
// A model is loaded the first time a piece of work needs it (or by preload() at start); offers for it wait until it is
// there. What is loaded stays within one budget of memory (local/hosting/model_host.hpp). Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "local/engine.hpp"
#include "local/hosting/model_host.hpp"
#include "providers/provider.hpp"

namespace entente::providers {

// "smollm2:135m+legal": a model of the store, and one of its adapters; without a plus sign none.
struct LocalName {
  std::string model, adapter;
};
LocalName local_name(std::string_view name);

class LocalProvider : public Provider {
 public:
  // How a model is loaded (its file, its settings), or a sentence why it cannot be. On the loader's thread.
  using Locate = std::function<Result<local::EngineOptions>(std::string_view model)>;

  static std::shared_ptr<LocalProvider> create(local::ModelHost::Options hosting, Locate locate);

  virtual void preload(std::string model) = 0;  // returns at once; a failure is logged
  virtual bool preloading() const = 0;
  virtual void retain(const std::set<std::string>& models) = 0;
  virtual std::vector<local::ModelHost::Resident> residents() const = 0;
  virtual std::uint64_t memory_budget() const = 0;
};

}  // namespace entente::providers
