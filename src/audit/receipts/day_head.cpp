#include "audit/receipts/day_head.hpp"

#include <algorithm>
#include <format>
#include <functional>

#include "audit/forms/members.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/tree/merkle.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::int64_t version = 1;
constexpr std::string_view kind = "head";

constexpr std::string_view what = "day head";

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

}  // namespace

// Members in canonical order (RFC 8785).
std::string day_head_text(const DayHead& head) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("at").string(head.at).key("day").string(head.day).key("kind").string(kind);
  json.key("record").string(to_base64(head.record)).key("version").number(version).end_object();
  return out;
}

Result<DayHead> parse_day_head(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  Members members(json, what);
  DayHead head;
  TRY_ASSIGN(head.at, members.text("at"));
  TRY_ASSIGN(head.day, members.date("day"));
  TRY_ASSIGN(head.record, members.digest("record"));
  if (day_head_text(head) != text) return is_no(what, "it is not written in the canonical form");
  return head;
}

std::string day_record_text(DayRecord record) {
  std::ranges::sort(record.lanes, {}, &LaneEnd::lane);
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("day").string(record.day).key("lanes").begin_array();
  for (const LaneEnd& end : record.lanes) {
    json.begin_object().key("lane").string(end.lane).key("last").string(to_base64(end.last));
    json.key("numbers").number(end.numbers).end_object();
  }
  json.end_array().key("tenant").string(record.tenant).end_object();
  return out;
}

Result<DayRecord> parse_day_record(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  Members members(json, what);
  DayRecord record;
  TRY_ASSIGN(record.day, members.date("day"));
  TRY_ASSIGN(record.tenant, members.text("tenant"));
  TRY_ASSIGN(const Json::Array* lanes, members.array("lanes"));
  for (const Json& one : *lanes) {
    Members lane(one, what);
    LaneEnd& end = record.lanes.emplace_back();
    TRY_ASSIGN(end.lane, lane.text("lane"));
    TRY_ASSIGN(end.last, lane.digest("last"));
    TRY_ASSIGN(end.numbers, lane.number("numbers"));
  }
  if (std::ranges::adjacent_find(record.lanes, std::greater_equal{}, &LaneEnd::lane) != record.lanes.end())
    return is_no(what, "its lanes are not in order");
  if (day_record_text(record) != text) return is_no(what, "its record is not written in the canonical form");
  return record;
}

Result<DayRecord> verify_held_head(const HeldEntry& held, const NoteVerifier& log) {
  TRY_ASSIGN(DayHead head, parse_day_head(held.entry.entry));
  TRY(check_held(held, HeldKind::head, head.record, log));
  TRY_ASSIGN(DayRecord record, parse_day_record(held.entry.record));
  if (record.day != head.day) return wrong("The record is of another day than the log's entry.");
  return record;
}

Result<> check_lanes(const DayRecord& record, std::int64_t index, const ReadEntry& entry) {
  Lanes lanes;
  for (std::int64_t i = 0; i < index; ++i) {
    TRY_ASSIGN(std::string text, entry(static_cast<std::uint64_t>(i)));
    TRY(lanes.add(static_cast<std::uint64_t>(i), text));
  }
  return check_ends(record, lanes);
}

Result<> check_ends(const DayRecord& record, const Lanes& lanes) {
  for (const LaneEnd& end : record.lanes) {
    auto there = lanes.all().find(end.lane);
    if (there == lanes.all().end())
      return wrong(std::format("The lane {}, which the head of {} names, is not in the log.", end.lane, record.day));
    if (there->second.numbers != end.numbers || there->second.last != end.last) {
      return wrong(
          std::format("The lane {} does not end in the log as the head of {} says ({} numbers there, {} in the head): "
                      "entries of it were changed or left out.",
                      end.lane, record.day, there->second.numbers, end.numbers));
    }
  }
  return {};
}

Result<> check_knows(const DayRecord& record, const Receipt& receipt) {
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    TRY_ASSIGN(Entry intent, parse_entry(attempt.intent.entry));
    if (!intent.at.starts_with(record.day)) continue;
    auto lane = std::ranges::find(record.lanes, intent.lane, &LaneEnd::lane);
    if (lane == record.lanes.end()) {
      return wrong(
          std::format("The head of {} does not name the lane {}, in which {} was recorded that day: it was withheld.",
                      record.day, intent.lane, receipt.request));
    }
    if (intent.number > lane->numbers) {
      return wrong(std::format("The head of {} counts {} numbers in the lane {}, but {} has number {}.", record.day,
                               lane->numbers, lane->lane, receipt.request, intent.number));
    }
  }
  return {};
}

}  // namespace entente::audit
