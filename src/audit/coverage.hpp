// Coverage: what has become of the record of every entry of one tenant's lanes: it is here, in a receipt; it was
// erased, as an erasure of the log says; or it is MISSING, and somebody withholds it.
//
// Fed with what was verified under the log's key before; then judge() goes through the log once. Pure, one thread at a
// time. Failure: that of reading the log's entries.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "audit/day_head.hpp"
#include "audit/erasure.hpp"
#include "audit/receipt.hpp"

namespace entente::audit {

struct CoverageVerdict {
  std::uint64_t intact = 0, erased = 0;
  std::vector<std::string> missing;  // a sentence for each entry
};

class Coverage {
 public:
  void add(const DayRecord& head);
  void add(const Receipt& receipt);
  void add(const ErasureRecord& erasure) { erasures_.push_back(erasure); }

  // Of entries from the first day to the last ("2026-11-27", both included). `size`: how many entries the log has.
  Result<CoverageVerdict> judge(const ReadEntry& entry, std::uint64_t size, std::string_view first_day,
                                std::string_view last_day) const;

 private:
  bool is_erased(std::int64_t index) const;

  std::set<std::string> lanes_;
  std::set<std::int64_t> here_;  // entries whose records are
  std::vector<ErasureRecord> erasures_;
};

}  // namespace entente::audit
