// Coverage: what has become of the record of every entry of one tenant's lanes: it is here, in a receipt; it was
// erased, as an erasure of the log says; or it is MISSING, and somebody withholds it.
//
// Fed with what was verified under the log's key before. A key can sign two logs, so judge() also compares each entry
// that was given with the one at its place in this log: what is of another counts for nothing, and is named. Which
// lanes are the tenant's only the heads of its days and its receipts tell, so it says too what no head speaks of.
//
// Pure, one thread at a time. Failure: that of reading the log's entries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/receipts/act.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/receipts/erasure.hpp"
#include "audit/receipts/receipt.hpp"

namespace entente::audit {

struct CoverageVerdict {
  std::uint64_t intact = 0, erased = 0;
  std::vector<std::string> missing;   // a sentence for each entry
  std::vector<std::string> wrong;     // a sentence for each thing that was given and does not fit this log
  std::vector<std::string> headless;  // days on which others worked and no head is here: whether the tenant did is open
};

class Coverage {
 public:
  void add_head(const HeldEntry& held, DayRecord record);
  void add_erasure(const HeldEntry& held, ErasureRecord record);
  void add_act(const HeldEntry& held, const ActRecord& record);
  void add(const Receipt& receipt);

  // Of entries from the first day to the last ("2026-11-27", both included). `size`: how many entries the log has.
  Result<CoverageVerdict> judge(const ReadEntry& entry, std::uint64_t size, std::string_view first_day,
                                std::string_view last_day) const;

 private:
  struct InLane {
    std::string name;
  };
  struct ActOf {
    std::string tenant;
  };
  struct Given {
    Digest hash{};     // of the entry
    std::string from;  // whose it is, in words
    std::variant<InLane, DayRecord, ErasureRecord, ActOf> is;
  };
  struct Ours;

  std::multimap<std::int64_t, Given> given_;  // by the place in the log
};

}  // namespace entente::audit
