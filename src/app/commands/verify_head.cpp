// `entente verify HEAD`: whether the head of a day holds, whether the log's lanes are what it says, and whether it
// knows of receipts.
#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "audit/log/verify.hpp"
#include "audit/receipts/day_head.hpp"
#include "store/folder_files.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

// The log is checked first, under the same key: lanes of a damaged one say nothing.
Result<> check_log(const audit::DayRecord& record, std::int64_t index, const std::filesystem::path& folder,
                   const audit::NoteVerifier& key) {
  if (folder.empty()) return {};
  store::FolderFiles files(folder);
  TRY_ASSIGN(audit::LogVerdict verdict, audit::verify_log(files, key, std::nullopt));
  for (const auto& found : {verdict.damage, verdict.gaps}) {
    if (!found.empty())
      return fail(ErrorCode::invalid_request,
                  std::format("The log in {} does not hold: {}.", folder.string(), found[0]));
  }
  if (std::cmp_greater_equal(index, verdict.checkpoint.tree.size))
    return fail(ErrorCode::not_found, std::format("The log in {} ends before this head.", folder.string()));
  return audit::check_lanes(record, index, entries_in(files, verdict.checkpoint.tree.size));
}

Result<> check_receipt(const audit::DayRecord& record, const std::filesystem::path& file,
                       const audit::NoteVerifier& key) {
  TRY_ASSIGN(std::string text, text_in(file));
  TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
  TRY(audit::verify_receipt(receipt, key, system_clock().now()));
  return audit::check_knows(record, receipt);
}

}  // namespace

int verify_head(const Common& common, const VerifyWanted& wanted, const std::string& text) {
  Witnessed witnessed;
  auto verified = [&]() -> Result<audit::DayRecord> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(CheckedBy by, checked_by(common, wanted));
    TRY_ASSIGN(audit::DayRecord record, audit::verify_held_head(held, by.key));
    TRY_ASSIGN(witnessed, look_at_witnesses(held.checkpoint, by.key, by.policy));
    TRY(check_log(record, held.entry.index, wanted.log, by.key));
    for (const std::filesystem::path& receipt : wanted.receipts) TRY(check_receipt(record, receipt, by.key));
    return record;
  }();
  if (!verified) return report(verified.error(), common.json);
  std::int64_t numbers = 0;
  for (const audit::LaneEnd& end : verified->lanes) numbers += end.numbers;
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("day").string(verified->day).key("lanes").number(std::ssize(verified->lanes));
    json.key("numbers").number(numbers).key("receipts").number(std::ssize(wanted.receipts));
    add_witnessed(json, witnessed);
    json.end_object();
    std::printf("%s\n", out.c_str());
    return witnessed.good() ? 0 : 1;
  }
  std::printf("head of %s\nsignature  holds\nlanes      %zu, with %lld attempts and refusals until it was written\n",
              verified->day.c_str(), verified->lanes.size(), static_cast<long long>(numbers));
  print_witnessed(witnessed, 11);
  if (!wanted.log.empty()) std::printf("log        has these lanes, each as far as the head says\n");
  if (!wanted.receipts.empty()) std::printf("receipts   %zu, all of lanes that it names\n", wanted.receipts.size());
  if (wanted.log.empty())
    std::printf("The lanes themselves were not looked at: give a copy of the log with --log FOLDER.\n");
  return witnessed.good() ? 0 : 1;
}

}  // namespace entente::app
