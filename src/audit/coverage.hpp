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
#include <set>
#include <string>
#include <vector>

#include "audit/act.hpp"
#include "audit/day_head.hpp"
#include "audit/erasure.hpp"
#include "audit/receipt.hpp"

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
  struct Given {
    Digest hash{};
    std::string from;  // whose it is, in words
  };
  template <class Record>
  struct At {
    std::int64_t index = 0;
    Record record;
  };

  // What was given and is of the log that is judged.
  struct Ours {
    std::set<std::string> lanes, days;  // names; days that have a head
    std::multimap<std::int64_t, const DayRecord*> heads;
    std::vector<const ErasureRecord*> erasures;
    std::set<std::int64_t> here;
    bool is_erased(std::int64_t index) const;
  };

  void give(std::int64_t index, std::string_view entry, std::string from);
  Result<std::set<std::int64_t>> find_others(const ReadEntry& entry, std::uint64_t size,
                                             CoverageVerdict& verdict) const;
  Ours ours(const std::set<std::int64_t>& others, CoverageVerdict& verdict) const;

  std::multimap<std::int64_t, Given> given_;
  std::vector<At<DayRecord>> heads_;
  std::vector<At<ErasureRecord>> erasures_;
  std::map<std::int64_t, std::string> acts_;  // their tenants
  std::map<std::int64_t, std::string> here_;  // entries whose records are, with their lanes
};

}  // namespace entente::audit
