#include "providers/local.hpp"

#include <algorithm>
#include <condition_variable>
#include <format>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "base/notifier.hpp"
#include "local/compute_thread.hpp"
#include "providers/attempt.hpp"

namespace entente::providers {

namespace {

using EnginePtr = std::shared_ptr<local::Engine>;

class LocalTicket final : public Ticket {
 public:
  LocalTicket(EnginePtr engine, std::unique_ptr<local::Ticket> inner)
      : engine_(std::move(engine)), inner_(std::move(inner)) {}
  std::chrono::milliseconds expected_wait() const override { return inner_->expected_wait(); }
  std::int64_t prompt_tokens() const override { return inner_->prompt_tokens(); }
  std::int64_t most_completion_tokens() const override { return inner_->most_completion_tokens(); }
  Result<std::unique_ptr<EventStream>> start();

 private:
  EnginePtr engine_;  // before inner_: the engine outlives the place in it
  std::unique_ptr<local::Ticket> inner_;
};

// Keeps the engine alive while an answer runs, also when the configuration no longer names the model.
class HeldStream final : public EventStream {
 public:
  HeldStream(EnginePtr engine, std::unique_ptr<EventStream> inner)
      : engine_(std::move(engine)), inner_(std::move(inner)) {}
  Task<std::optional<Event>> next() override { return inner_->next(); }
  Usage usage_so_far() const override { return inner_->usage_so_far(); }

 private:
  EnginePtr engine_;
  std::unique_ptr<EventStream> inner_;
};

Result<std::unique_ptr<EventStream>> LocalTicket::start() {
  TRY_ASSIGN(auto stream, inner_->start());
  return std::make_unique<HeldStream>(engine_, std::move(stream));
}

// One model: not loaded, waiting to be loaded, there, or failed (asked for again, it is tried again).
struct Slot {
  EnginePtr engine;
  bool wanted = false;
  std::vector<std::shared_ptr<Notifier>> waiting;
  Result<> last_load;
};

class LocalProviderImpl final : public LocalProvider {
 public:
  LocalProviderImpl(local::EngineOptions defaults, Locate locate)
      : defaults_(std::move(defaults)),
        locate_(std::move(locate)),
        loader_([this](std::stop_token stop) { load_loop(stop); }) {}

  Task<std::unique_ptr<Ticket>> offer(const Deployment& deployment, std::shared_ptr<const Work> work,
                                      const Principal& payer) override {
    CO_TRY_ASSIGN(EnginePtr engine, co_await engine_for(deployment.model));
    auto* chat = std::get_if<Chat>(work.get());
    if (!chat) co_return fail(ErrorCode::unsupported, "Models on this machine answer chats only.");
    CO_TRY_ASSIGN(auto ticket, co_await engine->offer(std::shared_ptr<const Chat>(work, chat), payer));
    co_return std::make_unique<LocalTicket>(std::move(engine), std::move(ticket));
  }

  Task<std::unique_ptr<EventStream>> send(Attempt attempt) override {
    co_return static_cast<LocalTicket&>(attempt.ticket()).start();
  }

  void preload(std::string model) override {
    std::lock_guard lock(mutex_);
    want(model);
  }

  bool loading() const override {
    std::lock_guard lock(mutex_);
    return std::ranges::any_of(slots_, [](const auto& slot) { return slot.second.wanted; });
  }

  void retain(const std::set<std::string>& models) override {
    std::vector<EnginePtr> leaving;  // destroyed after the lock is gone: an engine joins its thread
    std::lock_guard lock(mutex_);
    for (auto& [name, slot] : slots_) {
      if (!models.contains(name) && slot.engine) leaving.push_back(std::move(slot.engine));
    }
  }

  std::vector<LoadedModel> loaded() const override {
    std::vector<LoadedModel> out;
    std::lock_guard lock(mutex_);
    for (const auto& [name, slot] : slots_) {
      if (slot.engine) out.push_back({name, slot.engine->info(), slot.engine->stats()});
    }
    return out;
  }

 private:
  void want(const std::string& model) {
    Slot& slot = slots_[model];
    if (slot.engine || slot.wanted) return;
    slot.wanted = true;
    wake_.notify_one();
  }

  Task<EnginePtr> engine_for(std::string model) {
    auto notifier = std::make_shared<Notifier>();
    {
      std::lock_guard lock(mutex_);
      Slot& slot = slots_[model];
      if (slot.engine) co_return slot.engine;
      want(model);
      slot.waiting.push_back(notifier);
    }
    CO_TRY(co_await notifier->wait());
    std::lock_guard lock(mutex_);
    Slot& slot = slots_[model];
    if (slot.engine) co_return slot.engine;
    if (!slot.last_load) co_return fail(slot.last_load.error());
    co_return fail(ErrorCode::unavailable,
                   std::format("The model {} was unloaded while it was asked for. Try again.", model));
  }

  void load_loop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (true) {
      auto next = slots_.end();
      wake_.wait(lock, stop, [&] {
        next = std::ranges::find_if(slots_, [](const auto& slot) { return slot.second.wanted; });
        return next != slots_.end();
      });
      if (stop.stop_requested()) return;
      std::string model = next->first;
      lock.unlock();
      Result<EnginePtr> engine = load(model, stop);
      lock.lock();
      Slot& slot = slots_[model];
      slot.wanted = false;
      slot.last_load = engine ? Result<>{} : fail(engine.error());
      if (engine) slot.engine = std::move(*engine);
      for (auto& notifier : slot.waiting) notifier->notify();
      slot.waiting.clear();
    }
  }

  Result<EnginePtr> load(const std::string& model, std::stop_token stop) {
    auto begin = std::chrono::steady_clock::now();
    auto loaded = [&]() -> Result<EnginePtr> {
      local::EngineOptions options = defaults_;
      TRY_ASSIGN(ModelFile file, locate_(model));
      options.file = file.path;
      options.sampling = file.sampling;
      return local::Engine::load(options, [stop](float) { return !stop.stop_requested(); });
    }();
    if (!loaded) {
      log::error("A model could not be loaded.",
                 {{"model", model}, {"error", loaded.error().message}, {"details", loaded.error().details}});
      return loaded;
    }
    local::EngineInfo info = (*loaded)->info();
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    log::info("Model loaded.", {{"model", model},
                                {"description", info.description},
                                {"backend", info.backend},
                                {"sequences", info.sequences},
                                {"context_tokens", info.context_tokens},
                                {"threads", info.threads},
                                {"ms", ms}});
    return loaded;
  }

  const local::EngineOptions defaults_;
  const Locate locate_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, Slot> slots_;  // guarded by mutex_
  std::jthread loader_;                // last: stops first
};

}  // namespace

std::shared_ptr<LocalProvider> LocalProvider::create(local::EngineOptions defaults, Locate locate) {
  defaults.compute_thread = std::make_shared<local::ComputeThread>();
  return std::make_shared<LocalProviderImpl>(std::move(defaults), std::move(locate));
}

}  // namespace entente::providers
