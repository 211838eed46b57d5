#include "local/hosting/memory_ledger.hpp"

#include <algorithm>
#include <tuple>

namespace entente::local {

void MemoryLedger::remove(std::string_view name) {
  if (auto at = models_.find(name); at != models_.end()) models_.erase(at);
}

MemoryLedger::Model* MemoryLedger::find(std::string_view name) {
  auto at = models_.find(name);
  return at == models_.end() ? nullptr : &at->second;
}

std::uint64_t MemoryLedger::taken() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, model] : models_) bytes += model.bytes;
  return bytes;
}

std::uint64_t MemoryLedger::pinned() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, model] : models_) bytes += model.pinned ? model.bytes : 0;
  return bytes;
}

std::vector<std::string> MemoryLedger::unused_since(double before) const {
  std::vector<std::string> names;
  for (const auto& [name, model] : models_) {
    if (!model.pinned && !model.going && model.in_use == 0 && model.used_at <= before) names.push_back(name);
  }
  return names;
}

MemoryLedger::Plan MemoryLedger::plan(const Wanted& wanted, double now) const {
  Plan out;
  if (wanted.least + pinned() > budget_) {
    out.never = true;
    return out;
  }
  std::uint64_t room = budget_ - std::min(budget_, taken());
  std::vector<std::pair<std::string, Model>> others;
  for (const auto& [name, model] : models_) {
    if (!model.pinned || model.going) others.emplace_back(name, model);
  }
  std::ranges::sort(others, {}, [](const auto& other) {
    const Model& model = other.second;
    return std::tuple(model.in_use > 0, !model.going, model.used_at);
  });
  for (const auto& [name, model] : others) {
    bool rests = model.in_use == 0;
    if (room >= (rests ? wanted.useful : wanted.least)) break;
    if (!rests && !model.going && model.least_stay_until > now) {
      double wait = model.least_stay_until - now;
      out.wait = out.wait > 0 ? std::min(out.wait, wait) : wait;
      continue;
    }
    room += model.bytes;
    out.go.push_back(name);
  }
  out.room = room;
  if (room >= wanted.least) {
    out.wait = 0;
  } else {
    out.go.clear();
  }
  return out;
}

}  // namespace entente::local
