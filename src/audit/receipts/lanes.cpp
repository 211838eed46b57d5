#include "audit/receipts/lanes.hpp"

#include <algorithm>
#include <format>

#include "audit/entries/line_kind.hpp"
#include "audit/entries/statement.hpp"
#include "audit/receipts/act.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/receipts/erasure.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {

Result<> Lanes::add(std::uint64_t index, std::string_view text) {
  auto wrong = [&](std::string_view what) {
    return fail(ErrorCode::invalid_request, std::format("Entry {}: {}.", index, what));
  };
  // What stands in no lane must be readable.
  auto readable = [&](const auto& parsed) -> Result<> {
    if (!parsed) return wrong(parsed.error().message);
    return {};
  };
  switch (kind_of_line(text).value_or(LineKind::entry)) {
    case LineKind::act: return readable(parse_act(text));
    case LineKind::erasure: return readable(parse_erasure(text));
    case LineKind::head: return readable(parse_day_head(text));
    case LineKind::statement: return readable(parse_statement(text));
    case LineKind::entry: break;
  }
  auto entry = parse_entry(text);
  if (!entry) return wrong(entry.error().message);
  auto [found, first] = lanes_.try_emplace(entry->lane);
  Lane& lane = found->second;
  if (first && from_ == From::middle) {
    lane.joined = false;
    lane.last = entry->previous;
  }
  bool of_what_is_unseen = entry->kind == EntryKind::outcome && (!lane.joined || entry->number <= lane.unseen);
  if (of_what_is_unseen) {
    if (!lane.joined) lane.unseen = std::max(lane.unseen, entry->number);
    if (!lane.ended.insert(entry->number).second)
      return wrong(std::format("number {} of the lane {} had its outcome already", entry->number, entry->lane));
  } else if (entry->kind != EntryKind::outcome) {
    if (!lane.joined && entry->number > lane.unseen) lane.numbers = lane.unseen = entry->number - 1;
    lane.joined = true;
    if (entry->number != lane.numbers + 1) {
      return wrong(std::format("the lane {} goes on with number {} after {}: {}", entry->lane, entry->number,
                               lane.numbers, entry->number > lane.numbers ? "an entry is missing" : "it came before"));
    }
    ++lane.numbers;
    if (entry->kind == EntryKind::intent) {
      ++attempts_;
      lane.running.emplace(entry->number, entry->attempt);
    }
  } else {
    auto intent = lane.running.find(entry->number);
    if (intent == lane.running.end() || intent->second != entry->attempt) {
      return wrong(
          std::format("an outcome of number {} of the lane {} which is not open: its intent is missing or has "
                      "an outcome already",
                      entry->number, entry->lane));
    }
    lane.running.erase(intent);
  }
  if (entry->previous != lane.last)
    return wrong(std::format("it does not continue the lane {}: another entry stood before it", entry->lane));
  lane.last = hash_entry(text);
  return {};
}

std::uint64_t Lanes::running() const {
  std::uint64_t all = 0;
  for (const auto& [name, lane] : lanes_) all += lane.running.size();
  return all;
}

}  // namespace entente::audit
