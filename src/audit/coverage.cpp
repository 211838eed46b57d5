#include "audit/coverage.hpp"

#include <algorithm>
#include <format>

namespace entente::audit {

void Coverage::add(const DayRecord& head) {
  for (const LaneEnd& end : head.lanes) lanes_.insert(end.lane);
}

void Coverage::add(const Receipt& receipt) {
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    here_.insert(attempt.intent.index);
    if (attempt.outcome) here_.insert(attempt.outcome->index);
    if (auto intent = parse_entry(attempt.intent.entry)) lanes_.insert(intent->lane);
  }
}

bool Coverage::is_erased(std::int64_t index) const {
  return std::ranges::any_of(erasures_, [&](const ErasureRecord& erasure) { return erasure.has(index); });
}

Result<CoverageVerdict> Coverage::judge(const ReadEntry& entry, std::uint64_t size, std::string_view first_day,
                                        std::string_view last_day) const {
  CoverageVerdict verdict;
  for (std::uint64_t i = 0; i < size; ++i) {
    TRY_ASSIGN(std::string text, entry(i));
    if (!stands_in_lane(text)) continue;
    TRY_ASSIGN(Entry one, parse_entry(text));
    std::string_view day = std::string_view(one.at).substr(0, 10);
    if (!lanes_.contains(one.lane) || day < first_day || day > last_day) continue;
    auto index = static_cast<std::int64_t>(i);
    if (here_.contains(index)) {
      ++verdict.intact;
    } else if (is_erased(index)) {
      ++verdict.erased;
    } else {
      verdict.missing.push_back(
          std::format("entry {}, {} of number {} in the lane {}, {}: its record is neither here "
                      "nor erased",
                      i, to_string(one.kind), one.number, one.lane, one.at));
    }
  }
  return verdict;
}

}  // namespace entente::audit
