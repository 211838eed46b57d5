#include "local/hosting/model_host.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <format>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "base/notifier.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

double seconds(std::chrono::milliseconds time) { return Seconds(time).count(); }
double now() { return Seconds(Clock::now().time_since_epoch()).count(); }

Error stopping() { return {.code = ErrorCode::unavailable, .message = "The server is stopping. Ask again."}; }

// A model that was just loaded works for a while before it must make room, so that loading does not become all there
// is.
constexpr double least_stay_loads = 2, most_least_stay = 5;  // times its loading; seconds

// In the units of engine.memory, and never less than it is: what is named must be enough.
std::string in_words(std::uint64_t bytes) {
  constexpr double MiB = 1024.0 * 1024, GiB = 1024 * MiB;
  auto size = static_cast<double>(bytes);
  return size >= GiB ? std::format("{:.1f} GiB", std::ceil(size / GiB * 10) / 10)
                     : std::format("{:.0f} MiB", std::ceil(size / MiB));
}

struct Waiter {
  std::string tenant;
  std::shared_ptr<Notifier> notifier = std::make_shared<Notifier>();
  Clock::time_point told_at = Clock::now();
  std::optional<Error> failed = {};
  bool granted = false;  // the model is there, and counts as in use by who waited
};

struct Slot {
  std::shared_ptr<Engine> engine;
  Stage stage = Stage::absent;
  float fraction = 0;
  bool preload = false;         // wanted although nobody waits
  bool named = true;            // the configuration knows it
  std::uint64_t wanted_as = 0;  // order in which models were asked for; 0: not wanted
  std::list<std::shared_ptr<Waiter>> waiting;
  std::string error;
  double load_seconds = 0;
};

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::absent: return "absent";
    case Stage::waiting: return "waiting";
    case Stage::loading: return "loading";
    case Stage::ready: return "ready";
    case Stage::unloading: return "unloading";
    case Stage::failed: return "failed";
  }
  return "absent";
}

struct ModelHost::State {
  State(Options options, Prepare prepare)
      : options(std::move(options)), prepare(std::move(prepare)), ledger(this->options.budget) {}

  const Options options;
  const Prepare prepare;
  std::mutex mutex;  // guards what follows
  std::condition_variable_any changed;
  MemoryLedger ledger;
  std::map<std::string, Slot, std::less<>> slots;
  std::uint64_t next_wanted = 1;
  bool attention = false;  // somebody wants something of the loader
  bool stopped = false;

  // All with the mutex held.

  bool wanted(const Slot& slot) const { return slot.wanted_as != 0 && (slot.preload || !slot.waiting.empty()); }

  void want(Slot& slot) {
    if (slot.wanted_as == 0) slot.wanted_as = next_wanted++;
    if (!slot.engine && slot.stage != Stage::loading) slot.stage = Stage::waiting;
    call_loader();
  }

  // After somebody left: what nobody waits for is not said to wait.
  void nobody_wants(Slot& slot) {
    if (slot.engine || slot.stage != Stage::waiting || wanted(slot)) return;
    slot.stage = Stage::absent;
    slot.wanted_as = 0;
  }

  void call_loader() {
    attention = true;
    changed.notify_all();
  }

  void wait_a_while(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, double most) {
    changed.wait_for(lock, stop, Seconds(most), [this] { return std::exchange(attention, false); });
  }

  void tell_who_waits(Slot& slot) {
    for (auto& waiter : slot.waiting) waiter->notifier->notify();
  }

  // How far it is; who came a moment ago does not need to hear it yet.
  void tell_how_far() {
    auto time = Clock::now();
    for (auto& [name, slot] : slots) {
      for (auto& waiter : slot.waiting) {
        if (time - waiter->told_at < options.tell_every) continue;
        waiter->told_at = time;
        waiter->notifier->notify();
      }
    }
  }

  void came(const std::string& name, Loaded loaded, double took) {
    Slot& slot = slots[name];
    slot.engine = std::move(loaded.engine);
    slot.stage = slot.named ? Stage::ready : Stage::unloading;
    slot.load_seconds = took;
    slot.error.clear();
    slot.preload = false;
    slot.wanted_as = 0;
    ledger.add(name, {.bytes = loaded.bytes,
                      .pinned = options.pinned.contains(name),
                      .going = !slot.named,
                      .used_at = now(),
                      .least_stay_until = now() + std::min(least_stay_loads * took, most_least_stay)});
    if (slot.named) grant(name, slot);
  }

  // At once for all who wait: otherwise the model could have to go before one of them has looked.
  void grant(const std::string& name, Slot& slot) {
    MemoryLedger::Model& model = *ledger.find(name);
    for (auto& waiter : slot.waiting) {
      waiter->granted = true;
      ++model.in_use;
      waiter->notifier->notify();
    }
    slot.waiting.clear();
  }

  void release(std::string_view name) {
    MemoryLedger::Model* model = ledger.find(name);
    if (!model) return;
    --model->in_use;
    model->used_at = now();
    if (model->in_use == 0) call_loader();
  }

  void failed(const std::string& name, const Error& error) {
    Slot& slot = slots[name];
    slot.stage = error.code == ErrorCode::overloaded ? Stage::absent : Stage::failed;
    slot.error = slot.stage == Stage::failed ? error.message : "";
    slot.preload = false;
    slot.wanted_as = 0;
    for (auto& waiter : slot.waiting) waiter->failed = error;
    tell_who_waits(slot);
  }

  void goes(const std::string& name) {
    if (MemoryLedger::Model* model = ledger.find(name)) model->going = true;
    slots[name].stage = Stage::unloading;
  }

  void stays(const std::string& name) {
    Slot& slot = slots[name];
    MemoryLedger::Model* model = ledger.find(name);
    if (!model || !slot.named) return;
    model->going = false;
    slot.stage = Stage::ready;
    slot.wanted_as = 0;
    grant(name, slot);
  }

  // The loader's thread, which alone loads and unloads. `lock` is let go while an engine comes or goes.
  void run(const std::stop_token& stop);
  void unload_who_may_go(std::unique_lock<std::mutex>& lock);
  void bring(const std::string& name, std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Result<std::uint64_t> make_room(const std::string& name, const MemoryLedger::Wanted& sizes,
                                  std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Error too_large(const std::string& name, std::uint64_t bytes) const;
  Error no_room_now(const std::string& name) const;

  std::jthread loader;  // last: stops first
};

void ModelHost::State::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    if (options.unload_after.count() > 0) {
      for (const std::string& name : ledger.unused_since(now() - seconds(options.unload_after))) goes(name);
    }
    unload_who_may_go(lock);
    auto next = slots.end();
    for (auto at = slots.begin(); at != slots.end(); ++at) {
      if (at->second.engine || !wanted(at->second)) continue;
      if (next == slots.end() || at->second.wanted_as < next->second.wanted_as) next = at;
    }
    if (next != slots.end()) {
      bring(std::string(next->first), lock, stop);
      continue;
    }
    wait_a_while(lock, stop, options.unload_after.count() > 0 ? 1 : 60);
  }
}

void ModelHost::State::unload_who_may_go(std::unique_lock<std::mutex>& lock) {
  while (true) {
    auto next = std::ranges::find_if(ledger.models(),
                                     [](const auto& model) { return model.second.going && model.second.in_use == 0; });
    if (next == ledger.models().end()) return;
    std::string name = next->first;
    std::shared_ptr<Engine> engine = std::move(slots[name].engine);
    lock.unlock();
    engine.reset();  // joins in no time: nothing of it runs
    log::info("Model unloaded.", {{"model", name}});
    lock.lock();
    ledger.remove(name);
    Slot& slot = slots[name];
    slot.engine.reset();
    slot.stage = wanted(slot) ? Stage::waiting : Stage::absent;
    if (!slot.named && slot.waiting.empty()) slots.erase(name);
  }
}

Error ModelHost::State::too_large(const std::string& name, std::uint64_t bytes) const {
  std::string pinned =
      ledger.pinned() > 0 ? std::format(", of which pinned models keep {}", in_words(ledger.pinned())) : "";
  return {.code = ErrorCode::unavailable,
          .message = std::format(
              "The model {} needs at least {} of memory, but engine.memory allows {} for all models{}. "
              "Set engine.memory higher{}, engine.context_tokens or engine.sequences lower, or use "
              "a smaller model.",
              name, in_words(bytes), in_words(options.budget), pinned, pinned.empty() ? "" : ", pin fewer models"),
          .reason = "model_too_large"};
}

Error ModelHost::State::no_room_now(const std::string& name) const {
  return {.code = ErrorCode::overloaded,
          .message =
              std::format("There is no memory for the model {} now: other models answer. Try again in a moment.", name),
          .retry_after = std::max<std::chrono::milliseconds>(options.patience / 3, std::chrono::seconds(1))};
}

// The bytes that the model may take.
Result<std::uint64_t> ModelHost::State::make_room(const std::string& name, const MemoryLedger::Wanted& sizes,
                                                  std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  std::set<std::string> asked_to_go;
  auto give_up = [&](Error error) {
    for (const std::string& other : asked_to_go) stays(other);
    return fail(std::move(error));
  };
  double deadline = now() + seconds(options.patience);
  while (true) {
    if (stop.stop_requested()) return give_up(stopping());
    if (!wanted(slots[name]))
      return give_up({.code = ErrorCode::cancelled, .message = "Nobody waits for it any more."});
    MemoryLedger::Plan plan = ledger.plan(sizes, now());
    if (plan.never) return give_up(too_large(name, sizes.least));
    if (plan.wait == 0 && plan.go.empty()) return plan.room;
    // To load what nobody has asked for yet is no reason to push out what is there.
    if (slots[name].waiting.empty()) return give_up(no_room_now(name));
    double left = deadline - now();
    if (left <= 0) return give_up(no_room_now(name));
    for (const std::string& other : plan.go) {
      if (!ledger.find(other)->going) asked_to_go.insert(other);
      goes(other);
    }
    std::size_t before = ledger.models().size();
    unload_who_may_go(lock);
    if (ledger.models().size() != before) continue;
    double wait = std::min({left, seconds(options.tell_every), plan.wait > 0 ? plan.wait : left});
    wait_a_while(lock, stop, wait);
    tell_how_far();
  }
}

void ModelHost::State::bring(const std::string& name, std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  lock.unlock();
  Result<Prepared> prepared = prepare(name);
  lock.lock();
  Result<std::uint64_t> room = prepared ? make_room(name, prepared->sizes, lock, stop) : fail(prepared.error());
  if (!room) {
    if (room.error().code == ErrorCode::cancelled) return;  // who left last has said so in its slot
    log::warning("A model was not loaded.",
                 {{"model", name}, {"error", room.error().message}, {"details", room.error().details}});
    return failed(name, room.error());
  }
  slots[name].stage = Stage::loading;
  slots[name].fraction = 0;
  lock.unlock();
  auto began = Clock::now();
  Result<Loaded> loaded = prepared->load(*room, [&](float fraction) {
    std::lock_guard again(mutex);
    slots[name].fraction = fraction;
    tell_how_far();
    return !stop.stop_requested();
  });
  double took = Seconds(Clock::now() - began).count();
  if (!loaded && stop.stop_requested()) loaded = fail(stopping());
  if (!loaded) {
    log::error("A model could not be loaded.",
               {{"model", name}, {"error", loaded.error().message}, {"details", loaded.error().details}});
  }
  lock.lock();
  if (!loaded) return failed(name, loaded.error());
  came(name, std::move(*loaded), took);
}

ModelHost::ModelHost(Options options, Prepare prepare)
    : state_(std::make_shared<State>(std::move(options), std::move(prepare))) {
  // The thread keeps only a plain pointer: it is joined in the destructor, before anything of the state goes.
  state_->loader = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

ModelHost::~ModelHost() {
  state_->loader.request_stop();  // wakes it, too
  state_->loader.join();
  std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  for (auto& [name, slot] : state_->slots) {
    if (!slot.waiting.empty()) state_->failed(name, stopping());
  }
}

ModelHost::Lease::Lease(std::shared_ptr<State> state, std::string model, std::shared_ptr<Engine> engine)
    : state_(std::move(state)), model_(std::move(model)), engine_(std::move(engine)) {}

ModelHost::Lease::~Lease() {
  if (!state_) return;
  engine_.reset();  // before it counts as free: it is destroyed on the loader's thread
  std::lock_guard lock(state_->mutex);
  state_->release(model_);
}

Task<ModelHost::Lease> ModelHost::engine(std::string model, std::string tenant, const Told& told) {
  std::shared_ptr<State> state = state_;
  auto waiter = std::make_shared<Waiter>(Waiter{.tenant = std::move(tenant)});
  struct Leaves {  // however the waiting ends, it counts no longer
    State& state;
    const std::string& model;
    const std::shared_ptr<Waiter>& waiter;
    ~Leaves() {
      std::lock_guard lock(state.mutex);
      if (waiter->granted) state.release(model);
      auto slot = state.slots.find(model);
      if (slot == state.slots.end()) return;
      slot->second.waiting.remove(waiter);
      state.nobody_wants(slot->second);
    }
  } leaves{*state, model, waiter};

  for (bool first = true;; first = false) {
    Progress progress;
    {
      std::lock_guard lock(state->mutex);
      if (waiter->failed) co_return fail(*waiter->failed);
      if (state->stopped) co_return fail(stopping());
      Slot& slot = state->slots[model];
      if (std::exchange(waiter->granted, false)) co_return Lease(state, model, slot.engine);
      if (slot.engine && slot.stage == Stage::ready) {
        ++state->ledger.find(model)->in_use;
        co_return Lease(state, model, slot.engine);
      }
      if (first) {
        auto own = std::ranges::count(slot.waiting, waiter->tenant, [](const auto& w) { return w->tenant; });
        if (static_cast<std::uint32_t>(own) >= state->options.waiting) {
          co_return fail({.code = ErrorCode::rate_limited,
                          .message = std::format("The model {} is being loaded, and as much of your work waits for it "
                                                 "as may. Try again in a moment.",
                                                 model),
                          .retry_after = std::chrono::milliseconds(
                              std::max<std::int64_t>(1000, std::llround(slot.load_seconds * 1000)))});
        }
        slot.named = true;
        slot.waiting.push_back(waiter);
      }
      state->want(slot);
      progress = {.stage = slot.stage, .fraction = slot.fraction};
    }
    if (!first) CO_TRY(co_await told(progress));
    CO_TRY(co_await waiter->notifier->wait());
  }
}

void ModelHost::preload(std::string model) {
  std::lock_guard lock(state_->mutex);
  Slot& slot = state_->slots[model];
  if (slot.engine) return;
  slot.preload = true;
  state_->want(slot);
}

bool ModelHost::preloading() const {
  std::lock_guard lock(state_->mutex);
  return std::ranges::any_of(state_->slots, [](const auto& slot) { return slot.second.preload; });
}

void ModelHost::retain(const std::set<std::string>& models) {
  std::lock_guard lock(state_->mutex);
  for (auto& [name, slot] : state_->slots) {
    slot.named = models.contains(name);
    if (slot.named) continue;
    slot.preload = false;
    state_->nobody_wants(slot);
    if (slot.engine) state_->goes(name);
    for (auto& waiter : slot.waiting) {
      waiter->failed = Error{.code = ErrorCode::unavailable,
                             .message = std::format("The model {} was removed while it was asked for.", name)};
    }
    state_->tell_who_waits(slot);
  }
  state_->call_loader();
}

std::vector<ModelHost::Resident> ModelHost::residents() const {
  std::vector<Resident> out;
  std::lock_guard lock(state_->mutex);
  for (const auto& [name, slot] : state_->slots) {
    if (slot.stage == Stage::absent) continue;
    Resident resident{.name = name,
                      .stage = slot.stage,
                      .fraction = slot.stage == Stage::loading ? slot.fraction
                                  : slot.engine                ? 1.0f
                                                               : 0.0f,
                      .waiting = static_cast<std::uint32_t>(slot.waiting.size()),
                      .error = slot.error,
                      .load_seconds = slot.load_seconds};
    if (const MemoryLedger::Model* model = state_->ledger.find(name)) {
      resident.bytes = model->bytes;
      resident.pinned = model->pinned;
      if (double after = seconds(state_->options.unload_after); after > 0 && slot.engine && !model->pinned) {
        resident.unload_in = model->in_use > 0 ? after : std::clamp(model->used_at + after - now(), 0.0, after);
      }
    }
    if (slot.engine) {
      resident.info = slot.engine->info();
      resident.stats = slot.engine->stats();
    }
    out.push_back(std::move(resident));
  }
  return out;
}

std::uint64_t ModelHost::budget() const { return state_->options.budget; }

}  // namespace entente::local
