#include "audit/coverage.hpp"

#include <algorithm>
#include <format>

#include "audit/lanes.hpp"
#include "audit/merkle.hpp"

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

void Coverage::give(std::int64_t index, std::string_view entry, std::string from) {
  given_.emplace(index, Given{.hash = hash_entry(entry), .from = std::move(from)});
}

void Coverage::add_head(const HeldEntry& held, DayRecord record) {
  give(held.entry.index, held.entry.entry, std::format("the head of {}", record.day));
  heads_.push_back({.index = held.entry.index, .record = std::move(record)});
}

void Coverage::add_erasure(const HeldEntry& held, ErasureRecord record) {
  give(held.entry.index, held.entry.entry, std::format("the erasure {}", held.entry.index));
  erasures_.push_back({.index = held.entry.index, .record = std::move(record)});
}

void Coverage::add_act(const HeldEntry& held, const ActRecord& record) {
  give(held.entry.index, held.entry.entry, std::format("the act {}", held.entry.index));
  acts_.emplace(held.entry.index, record.tenant);
}

void Coverage::add(const Receipt& receipt) {
  auto add_entry = [&](const ReceiptEntry& entry) {
    give(entry.index, entry.entry, std::format("the receipt of {}", receipt.request));
    if (auto parsed = parse_entry(entry.entry)) here_.emplace(entry.index, parsed->lane);
  };
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    add_entry(attempt.intent);
    if (attempt.outcome) add_entry(*attempt.outcome);
  }
}

// The places of what was given and stands in another log.
Result<std::set<std::int64_t>> Coverage::find_others(const ReadEntry& entry, std::uint64_t size,
                                                     CoverageVerdict& verdict) const {
  std::set<std::int64_t> others;
  for (auto at = given_.begin(); at != given_.end();) {
    auto end = given_.upper_bound(at->first);
    Digest hash{};
    bool there = std::cmp_less(at->first, size);
    if (there) {
      TRY_ASSIGN(std::string text, entry(static_cast<std::uint64_t>(at->first)));
      hash = hash_entry(text);
    }
    for (; at != end; ++at) {
      if (there && at->second.hash == hash) continue;
      others.insert(at->first);
      verdict.wrong.push_back(
          there ? std::format("Entry {} of this log is not the one that {} has: it is of another "
                              "log under the same key.",
                              at->first, at->second.from)
                : std::format("This log ends before the entry {} that {} has.", at->first, at->second.from));
    }
  }
  return others;
}

// What of it is of this log.
Coverage::Ours Coverage::ours(const std::set<std::int64_t>& others, CoverageVerdict& verdict) const {
  Ours ours;
  std::set<std::string> tenants;
  for (const auto& head : heads_) {
    if (others.contains(head.index)) continue;
    tenants.insert(head.record.tenant);
    ours.days.insert(head.record.day);
    for (const LaneEnd& end : head.record.lanes) ours.lanes.insert(end.lane);
    ours.heads.emplace(head.index, &head.record);
  }
  for (const auto& erasure : erasures_) {
    if (others.contains(erasure.index)) continue;
    tenants.insert(erasure.record.tenant);
    ours.erasures.push_back(&erasure.record);
  }
  for (const auto& [index, tenant] : acts_) {
    if (!others.contains(index)) tenants.insert(tenant);
  }
  for (const auto& [index, lane] : here_) {
    if (others.contains(index)) continue;
    ours.lanes.insert(lane);
    ours.here.insert(index);
  }
  if (tenants.size() > 1) {
    std::string names;
    for (const std::string& tenant : tenants) (names += names.empty() ? "" : ", ") += tenant;
    verdict.wrong.push_back(std::format("Heads, erasures or acts of several tenants are here: {}.", names));
  }
  return ours;
}

bool Coverage::Ours::is_erased(std::int64_t index) const {
  return std::ranges::any_of(erasures, [&](const ErasureRecord* erasure) { return erasure->has(index); });
}

Result<CoverageVerdict> Coverage::judge(const ReadEntry& entry, std::uint64_t size, std::string_view first_day,
                                        std::string_view last_day) const {
  CoverageVerdict verdict;
  TRY_ASSIGN(std::set<std::int64_t> others, find_others(entry, size, verdict));
  Ours mine = ours(others, verdict);
  Days days;
  Lanes lanes;
  for (std::uint64_t i = 0; i < size; ++i) {
    auto index = static_cast<std::int64_t>(i);
    for (auto [head, end] = mine.heads.equal_range(index); head != end; ++head) {
      if (auto fits = check_ends(*head->second, lanes); !fits) verdict.wrong.push_back(fits.error().message);
    }
    TRY_ASSIGN(std::string text, entry(i));
    // What does not continue its lane is for verify_log() to name.
    static_cast<void>(lanes.add(i, text));
    if (!stands_in_lane(text)) continue;
    TRY_ASSIGN(Entry one, parse_entry(text));
    std::string day = one.at.substr(0, 10);
    if (day < first_day || day > last_day) continue;
    days.busy.insert(day);
    if (!mine.lanes.contains(one.lane)) continue;
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
