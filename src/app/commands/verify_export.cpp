// `entente verify EXPORT`: whether what `entente audit export` wrote holds, and what has become of every record: it is
// here, it was erased lawfully, or it is MISSING.
#include <algorithm>
#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "audit/log/verify.hpp"
#include "audit/receipts/coverage.hpp"
#include "base/clock.hpp"
#include "store/folder_files.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

namespace fs = std::filesystem;

struct Span {
  std::string from, to, tenant;
};

struct Checked {
  Span span;
  audit::LogVerdict log;
  bool own_key = false;
  Witnessed witnessed;
  std::uint64_t heads = 0, receipts = 0;
  std::vector<audit::ErasureRecord> erasures;
  std::vector<audit::ActRecord> acts;
  std::vector<std::string> wrong;  // files that do not hold, each with why
  audit::CoverageVerdict records;

  bool good() const {
    return log.damage.empty() && log.gaps.empty() && witnessed.good() && wrong.empty() && records.wrong.empty() &&
           records.missing.empty();
  }
};

Result<Span> read_manifest(const fs::path& file) {
  TRY_ASSIGN(std::string text, text_in(file));
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  const std::string *from = json.text("from"), *to = json.text("to"), *tenant = json.text("tenant");
  if (!from || !to || !tenant || !parse_date(*from) || !parse_date(*to))
    return fail(ErrorCode::invalid_request, std::format("{} does not say which days it is of.", file.string()));
  return Span{.from = *from, .to = *to, .tenant = *tenant};
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
    files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

// Each file of a folder by `check`; what fails is named and counts for nothing.
template <class Check>
void check_files(const fs::path& folder, Checked& checked, Check check) {
  for (const fs::path& file : files_in(folder)) {
    Result<> held = [&]() -> Result<> {
      TRY_ASSIGN(std::string text, text_in(file));
      return check(text);
    }();
    if (!held) {
      checked.wrong.push_back(
          std::format("{}/{}: {}", folder.filename().string(), file.filename().string(), held.error().message));
    }
  }
}

Result<> check_receipt(const std::string& text, const audit::NoteVerifier& key, audit::Coverage& coverage) {
  TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
  TRY_ASSIGN(audit::ReceiptVerdict verdict, audit::verify_receipt(receipt, key, system_clock().now()));
  // A promise proves no place in this log: its entries could be others'.
  if (verdict.standing != audit::Standing::included)
    return fail(ErrorCode::invalid_request, "It is promised only, and not in this log.");
  coverage.add(receipt);
  return {};
}

Result<Checked> check_export(const VerifyWanted& wanted) {
  Checked checked;
  TRY_ASSIGN(checked.span, read_manifest(wanted.what / audit_export_manifest));
  TRY_ASSIGN(auto policy, read_policy(wanted.policy));
  checked.own_key = wanted.key.empty() && !(policy && policy->logs().size() == 1);
  fs::path log = wanted.what / "log";
  TRY_ASSIGN(audit::NoteVerifier key, checking_key(wanted, policy, log));
  store::FolderFiles files(log);
  std::optional<audit::Checkpoint> earlier;
  if (!wanted.earlier.empty()) {
    TRY_ASSIGN(std::string note, text_in(wanted.earlier));
    TRY_ASSIGN(earlier, audit::open_checkpoint(note, key));
  }
  TRY_ASSIGN(checked.log, audit::verify_log(files, key, earlier));
  TRY_ASSIGN(checked.witnessed, look_at_witnesses(checked.log.note, key, policy));
  std::uint64_t size = checked.log.checkpoint.tree.size;
  audit::ReadEntry entry = entries_in(files, size);

  audit::Coverage coverage;
  check_files(wanted.what / "heads", checked, [&](const std::string& text) -> Result<> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(audit::DayRecord record, audit::verify_held_head(held, key));
    coverage.add_head(held, std::move(record));
    ++checked.heads;
    return {};
  });
  check_files(wanted.what / "erasures", checked, [&](const std::string& text) -> Result<> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(audit::ErasureRecord record, audit::verify_held_erasure(held, key));
    checked.erasures.push_back(record);
    coverage.add_erasure(held, std::move(record));
    return {};
  });
  check_files(wanted.what / "acts", checked, [&](const std::string& text) -> Result<> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(audit::ActRecord record, audit::verify_held_act(held, key));
    coverage.add_act(held, record);
    checked.acts.push_back(std::move(record));
    return {};
  });
  check_files(wanted.what / "receipts", checked, [&](const std::string& text) -> Result<> {
    TRY(check_receipt(text, key, coverage));
    ++checked.receipts;
    return {};
  });
  // Of a damaged log nothing can be said.
  if (!checked.log.damage.empty()) return checked;
  TRY_ASSIGN(checked.records, coverage.judge(entry, size, checked.span.from, checked.span.to));
  return checked;
}

void print(const Checked& checked) {
  std::printf("export of the tenant '%s', %s to %s\n", checked.span.tenant.c_str(), checked.span.from.c_str(),
              checked.span.to.c_str());
  std::printf("log        %llu entries: %s, %s\n", static_cast<unsigned long long>(checked.log.checkpoint.tree.size),
              checked.log.damage.empty() ? "intact" : "DAMAGED",
              checked.log.gaps.empty() ? "whole" : "ENTRIES ARE MISSING OR OUT OF PLACE");
  for (const auto* found : {&checked.log.damage, &checked.log.gaps}) {
    for (const std::string& sentence : *found) std::printf("  %s\n", sentence.c_str());
  }
  print_witnessed(checked.witnessed, 11);
  std::printf("heads      %llu of days%s\nreceipts   %llu that hold\n", static_cast<unsigned long long>(checked.heads),
              checked.log.damage.empty() && checked.records.wrong.empty() ? ", all lanes as they say" : "",
              static_cast<unsigned long long>(checked.receipts));
  for (const auto* found : {&checked.wrong, &checked.records.wrong}) {
    for (const std::string& sentence : *found) std::printf("  DOES NOT HOLD: %s\n", sentence.c_str());
  }
  std::printf("records    %llu intact, %llu erased lawfully, %zu MISSING\n",
              static_cast<unsigned long long>(checked.records.intact),
              static_cast<unsigned long long>(checked.records.erased), checked.records.missing.size());
  for (const std::string& sentence : checked.records.missing) std::printf("  %s\n", sentence.c_str());
  if (const auto& days = checked.records.headless; !days.empty()) {
    std::printf("no head    of %zu days on which others worked, %s to %s: whether this tenant did is not shown\n",
                days.size(), days.front().c_str(), days.back().c_str());
  }
  for (const audit::ErasureRecord& erasure : checked.erasures) {
    std::printf("erased     %lld entries, %s: %s\n", static_cast<long long>(erasure.count()),
                erasure.cause == audit::ErasureCause::subject ? "somebody asked" : "their time was over",
                erasure.ground.c_str());
  }
  for (const audit::ActRecord& act : checked.acts) std::printf("%s\n", act_in_words(act).c_str());
  if (checked.own_key) {
    std::printf(
        "The key is the one that lies in the export. Whoever made it chose it: give the key that you know with "
        "--key.\n");
  }
}

void print_json(const Checked& checked) {
  std::string out;
  wire::JsonWriter json(out);
  auto number = [&](std::string_view name, std::uint64_t value) {
    json.key(name).number(static_cast<std::int64_t>(value));
  };
  auto sentences = [&](std::string_view name, const std::vector<std::string>& all) {
    json.key(name).begin_array();
    for (const std::string& sentence : all) json.string(sentence);
    json.end_array();
  };
  json.begin_object().key("tenant").string(checked.span.tenant).key("from").string(checked.span.from);
  json.key("to").string(checked.span.to);
  number("entries", checked.log.checkpoint.tree.size);
  json.key("intact").boolean(checked.log.damage.empty()).key("complete").boolean(checked.log.gaps.empty());
  sentences("damage", checked.log.damage);
  sentences("gaps", checked.log.gaps);
  number("heads", checked.heads);
  number("receipts", checked.receipts);
  std::vector<std::string> wrong = checked.wrong;
  wrong.insert(wrong.end(), checked.records.wrong.begin(), checked.records.wrong.end());
  sentences("wrong", wrong);
  sentences("days_without_head", checked.records.headless);
  json.key("records").begin_object();
  number("intact", checked.records.intact);
  number("erased", checked.records.erased);
  number("missing", checked.records.missing.size());
  json.end_object();
  sentences("missing", checked.records.missing);
  json.key("acts").begin_array();
  for (const audit::ActRecord& act : checked.acts) json.raw(audit::act_record_text(act));
  json.end_array();
  json.key("key_from_export").boolean(checked.own_key);
  add_witnessed(json, checked.witnessed);
  json.end_object();
  std::printf("%s\n", out.c_str());
}

}  // namespace

int verify_export(const Common& common, const VerifyWanted& wanted) {
  auto checked = check_export(wanted);
  if (!checked) return report(checked.error(), common.json);
  if (common.json) {
    print_json(*checked);
  } else {
    print(*checked);
  }
  return checked->good() ? 0 : 1;
}

}  // namespace entente::app
