// MemoryLedger: which models are in memory, what each takes of the one budget, and who goes when another needs room.
// Pure: names, bytes and times come in.
//
// Who goes: never a pinned model; first those that rest, the one that was not used for longest before the others; then
// those that work, once each has had its time (`least_stay`): it takes nothing new and goes when its answers have
// ended. A model that rests makes room for a useful size of the one that comes; one that works is only asked to go when
// there is no room for the least size.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace entente::local {

class MemoryLedger {
 public:
  explicit MemoryLedger(std::uint64_t budget) : budget_(budget) {}

  // Sizes of the model that comes: what it cannot do without, and what serves several people.
  struct Wanted {
    std::uint64_t least = 0, useful = 0;
  };
  struct Plan {
    bool never = false;           // larger than what pinned models leave, whoever goes
    std::vector<std::string> go;  // who must be gone first; empty: load it now, into `room`
    std::uint64_t room = 0;       // bytes it may take, when nobody must go; else what there would be
    double wait = 0;              // nobody may be asked to go yet: look again after so many seconds
  };
  Plan plan(const Wanted& wanted, double now) const;

  struct Model {
    std::uint64_t bytes = 0;
    bool pinned = false;
    std::uint32_t in_use = 0;  // places and answers
    bool going = false;        // chosen to go; its bytes count until remove()
    double used_at = 0;        // when something of it last began or ended
    double least_stay_until = 0;
  };
  void add(const std::string& name, Model model) { models_[name] = model; }
  void remove(std::string_view name);
  Model* find(std::string_view name);

  // Those that rest, are not pinned, and were not used since `before`.
  std::vector<std::string> unused_since(double before) const;

  std::uint64_t budget() const { return budget_; }
  std::uint64_t taken() const;
  std::uint64_t pinned() const;
  const std::map<std::string, Model, std::less<>>& models() const { return models_; }

 private:
  const std::uint64_t budget_;
  std::map<std::string, Model, std::less<>> models_;
};

}  // namespace entente::local
