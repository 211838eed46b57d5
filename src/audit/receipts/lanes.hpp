// Lanes: whether all entries of a log that belong together are there. Fed entry by entry, in the log's order; says for
// each lane how many numbers it has and which of them never came to an outcome, and names the first entry that does not
// continue its lane.
//
// That nothing was edited (integrity) is another question, answered by the tree: an operator can build a flawless tree
// over entries of which some were left out. Pure, one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/entries/entry.hpp"

namespace entente::audit {

struct Lane {
  bool joined = true;                           // false: no intent or refusal of it was seen yet
  std::int64_t unseen = 0;                      // numbers from before the log is looked at
  std::set<std::int64_t> ended;                 // of these, whose outcome came
  std::int64_t numbers = 0;                     // intents and refusals so far
  Digest last{};                                // hash of its newest entry
  std::map<std::int64_t, std::string> running;  // numbers without outcome, with their attempts
};

class Lanes {
 public:
  // Where a log is looked at from a later entry on, its lanes go on from what is not there: the first intent or refusal
  // of each is believed its number, and outcomes of what came before it are taken as they come, each once.
  enum class From { beginning, middle };
  explicit Lanes(From from = From::beginning) : from_(from) {}

  // `index`: the entry's place in the log. Errors name it and what does not fit: a number that is missing or came
  // twice, a predecessor that is another, an outcome without intent.
  Result<> add(std::uint64_t index, std::string_view text);

  const std::map<std::string, Lane>& all() const { return lanes_; }
  std::uint64_t attempts() const { return attempts_; }
  std::uint64_t running() const;  // without outcome

 private:
  const From from_;
  std::map<std::string, Lane> lanes_;
  std::uint64_t attempts_ = 0;
};

}  // namespace entente::audit
