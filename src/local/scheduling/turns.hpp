// Turns: which of several models computes next. Each that has work gets the same time: the one that used least goes
// first. Whoever comes back from having had no work is lifted to where the others are: time not used is not saved up
// (start-time fair queueing: Goyal, Vin, Cheng, SIGCOMM 1996). Pure; seconds are measured ones.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace entente::local {

class Turns {
 public:
  using Id = std::uint64_t;

  void add(Id id);
  void remove(Id id);

  std::vector<Id> order() const;  // the least served first; of equals, those that were not idle
  void had_nothing(Id id);
  void used(Id id, double seconds);

  bool idle(Id id) const { return shares_.at(id).idle; }

 private:
  struct Share {
    double seconds = 0;
    bool idle = true;
  };
  std::map<Id, Share> shares_;
  double now_ = 0;  // where the one that computed last had stood
};

}  // namespace entente::local
