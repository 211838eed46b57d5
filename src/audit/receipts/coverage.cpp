#include "audit/receipts/coverage.hpp"

#include <algorithm>
#include <format>
#include <set>
#include <utility>

#include "audit/entries/line_kind.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {

namespace {

// Days, as far as the log has entries of lanes of them.
struct Days {
  std::set<std::string> busy;    // anybody had work done
  std::set<std::string> worked;  // the tenant had
};

std::string missing_words(std::uint64_t index, const Entry& entry) {
  return std::format("entry {}, {} of number {} in the lane {}, {}: its record is neither here nor erased", index,
                     to_string(entry.kind), entry.number, entry.lane, entry.at);
}

void check_days(const Days& days, const std::set<std::string>& heads, CoverageVerdict& verdict) {
  for (const std::string& day : days.busy) {
    if (heads.contains(day)) continue;
    if (days.worked.contains(day)) {
      verdict.wrong.push_back(std::format(
          "The head of {} is not here, though this tenant had work done that day: lanes of it may be withheld.", day));
    } else {
      verdict.headless.push_back(day);
    }
  }
  if (heads.empty() && days.worked.empty() && !days.busy.empty()) {
    verdict.wrong.push_back(
        "No head of a day is here and no receipt: which lanes of the log are this tenant's cannot be known.");
  }
}

}  // namespace

// What was given and is of the log that is judged.
struct Coverage::Ours {
  std::set<std::string> lanes, days, tenants;  // days: those that have a head
  std::multimap<std::int64_t, const DayRecord*> heads;
  std::vector<const ErasureRecord*> erasures;
  std::set<std::int64_t> here;  // entries whose records are

  void take(std::int64_t index, const InLane& lane) {
    lanes.insert(lane.name);
    here.insert(index);
  }
  void take(std::int64_t index, const DayRecord& head) {
    tenants.insert(head.tenant);
    days.insert(head.day);
    for (const LaneEnd& end : head.lanes) lanes.insert(end.lane);
    heads.emplace(index, &head);
  }
  void take(std::int64_t /*index*/, const ErasureRecord& erasure) {
    tenants.insert(erasure.tenant);
    erasures.push_back(&erasure);
  }
  void take(std::int64_t /*index*/, const ActOf& act) { tenants.insert(act.tenant); }

  bool is_erased(std::int64_t index) const {
    return std::ranges::any_of(erasures, [&](const ErasureRecord* erasure) { return erasure->has(index); });
  }
  void check_tenants(CoverageVerdict& verdict) const {
    if (tenants.size() < 2) return;
    std::string names;
    for (const std::string& tenant : tenants) (names += names.empty() ? "" : ", ") += tenant;
    verdict.wrong.push_back(std::format("Heads, erasures or acts of several tenants are here: {}.", names));
  }
};

void Coverage::add_head(const HeldEntry& held, DayRecord record) {
  std::string from = std::format("the head of {}", record.day);
  given_.emplace(held.entry.index, Given{hash_entry(held.entry.entry), std::move(from), std::move(record)});
}

void Coverage::add_erasure(const HeldEntry& held, ErasureRecord record) {
  std::string from = std::format("the erasure {}", held.entry.index);
  given_.emplace(held.entry.index, Given{hash_entry(held.entry.entry), std::move(from), std::move(record)});
}

void Coverage::add_act(const HeldEntry& held, const ActRecord& record) {
  std::string from = std::format("the act {}", held.entry.index);
  given_.emplace(held.entry.index, Given{hash_entry(held.entry.entry), std::move(from), ActOf(record.tenant)});
}

void Coverage::add(const Receipt& receipt) {
  auto add_entry = [&](const ReceiptEntry& entry) {
    std::string lane = parse_entry(entry.entry).value_or(Entry{}).lane;
    std::string from = std::format("the receipt of {}", receipt.request);
    given_.emplace(entry.index, Given{hash_entry(entry.entry), std::move(from), InLane(std::move(lane))});
  };
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    add_entry(attempt.intent);
    if (attempt.outcome) add_entry(*attempt.outcome);
  }
}

Result<CoverageVerdict> Coverage::judge(const ReadEntry& entry, std::uint64_t size, std::string_view first_day,
                                        std::string_view last_day) const {
  CoverageVerdict verdict;
  Ours mine;
  for (const auto& [index, given] : given_) {
    if (!std::cmp_less(index, size)) {
      verdict.wrong.push_back(std::format("This log ends before the entry {} that {} has.", index, given.from));
      continue;
    }
    TRY_ASSIGN(std::string text, entry(static_cast<std::uint64_t>(index)));
    if (hash_entry(text) == given.hash) {
      std::visit([&, at = index](const auto& is) { mine.take(at, is); }, given.is);
    } else {
      verdict.wrong.push_back(
          std::format("Entry {} of this log is not the one that {} has: it is of another log under the same key.",
                      index, given.from));
    }
  }
  mine.check_tenants(verdict);
  Days days;
  Lanes lanes;  // those of ours, for the ends that heads say they have
  for (std::uint64_t i = 0; i < size; ++i) {
    auto index = static_cast<std::int64_t>(i);
    for (auto [head, end] = mine.heads.equal_range(index); head != end; ++head) {
      if (auto fits = check_ends(*head->second, lanes); !fits) verdict.wrong.push_back(fits.error().message);
    }
    TRY_ASSIGN(std::string text, entry(i));
    if (kind_of_line(text) != LineKind::entry) continue;
    TRY_ASSIGN(Entry one, parse_entry(text));
    bool ours = mine.lanes.contains(one.lane);
    // What does not continue its lane is for verify_log() to name.
    if (ours) static_cast<void>(lanes.add(i, text));
    std::string day = one.at.substr(0, 10);
    if (day < first_day || day > last_day) continue;
    days.busy.insert(day);
    if (!ours) continue;
    if (mine.here.contains(index)) {
      ++verdict.intact;
    } else if (mine.is_erased(index)) {
      ++verdict.erased;
    } else {
      verdict.missing.push_back(missing_words(i, one));
    }
    days.worked.insert(std::move(day));
  }
  check_days(days, mine.days, verdict);
  return verdict;
}

}  // namespace entente::audit
