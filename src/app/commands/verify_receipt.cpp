// `entente verify RECEIPT`: checks it, and says in plain words what it says.
#include <algorithm>
#include <cstdio>
#include <format>
#include <utility>

#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/reports/json_members.hpp"
#include "app/reports/receipt_replay.hpp"
#include "app/terminal/output.hpp"
#include "audit/log/verify.hpp"
#include "audit/receipts/receipt.hpp"
#include "audit/receipts/stream_head.hpp"
#include "audit/tree/tiles.hpp"
#include "base/encoding.hpp"
#include "store/folder_files.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using wire::Json;

// The hashes of the texts that the last outcome speaks of.
std::vector<std::string> answered_texts(const audit::Receipt& receipt) {
  std::vector<std::string> hashes;
  if (receipt.attempts.empty() || !receipt.attempts.back().outcome) return hashes;
  auto record = wire::parse_json(receipt.attempts.back().outcome->record);
  const Json::Array* choices = record ? record->array("answer") : nullptr;
  for (const Json& choice : choices ? *choices : Json::Array{}) hashes.push_back(text_of(choice, "text"));
  return hashes;
}

// A file whose hash the receipt must name. Editors put a newline at the end; one more or less is the same text.
Result<> check_content(const std::filesystem::path& file, const std::vector<std::string>& hashes,
                       std::string_view what) {
  if (file.empty()) return {};
  TRY_ASSIGN(std::string text, text_in(file));
  for (int i = 0; i < 2; ++i) {
    if (std::ranges::contains(hashes, to_base64(sha256(text)))) return {};
    if (!text.ends_with('\n')) break;
    text.pop_back();
  }
  return fail(ErrorCode::invalid_request, std::format("{} is not the {} that the receipt is of.", file.string(), what));
}

// The body that the last outcome speaks of. Of an answer that broke off, more may have been received than was counted:
// what said that it did.
Result<> check_body(const audit::Receipt& receipt, const std::filesystem::path& file) {
  if (file.empty()) return {};
  TRY_ASSIGN(std::string received, text_in(file));
  received = audit::without_comments(received);
  for (const audit::ReceiptAttempt& attempt : receipt.attempts) {
    auto record = attempt.outcome ? wire::parse_json(attempt.outcome->record) : fail(ErrorCode::not_found, "");
    const Json* body = record ? record->find("body") : nullptr;
    const std::int64_t* bytes = body ? body->integer("bytes") : nullptr;
    if (!bytes) continue;
    if (text_of(*record, "result") != "answered" && std::cmp_greater(received.size(), *bytes))
      received.resize(static_cast<std::size_t>(*bytes));
    if (text_of(*body, "sha256") == to_base64(sha256(received))) return {};
    return fail(ErrorCode::invalid_request,
                std::format("{} is not the body that the receipt is of, which has {} bytes.", file.string(), *bytes));
  }
  return fail(ErrorCode::invalid_request, "The receipt does not say which bytes were sent back.");
}

Result<> check_contents(const audit::Receipt& receipt, const VerifyWanted& wanted) {
  std::vector<std::string> asked;
  for (const audit::ReceiptAttempt& attempt : receipt.attempts) {
    if (auto record = wire::parse_json(attempt.intent.record)) asked.push_back(text_of(*record, "asked"));
  }
  TRY(check_content(wanted.request, asked, "request"));
  TRY(check_content(wanted.answer, answered_texts(receipt), "answer"));
  return check_body(receipt, wanted.body);
}

std::string in_words(const audit::ReceiptVerdict& verdict) {
  switch (verdict.standing) {
    case audit::Standing::included:
      return std::format("included: under the signed checkpoint of {} entries", verdict.entries);
    case audit::Standing::promised:
      return std::format("promised: signed, to be in the log by {}; fetch the receipt again then", verdict.promised_by);
    case audit::Standing::overdue: break;
  }
  return std::format(
      "OVERDUE: signed, but it should be in the log since {}; fetch the receipt again, and ask why if it "
      "stays so",
      verdict.promised_by);
}

// Whether what the receipt cites still stood when it was asked; the log is checked first, under the same key.
Result<> check_with_log(const audit::Receipt& receipt, const std::filesystem::path& folder,
                        const audit::NoteVerifier& key) {
  if (folder.empty()) return {};
  store::FolderFiles files(folder);
  TRY_ASSIGN(audit::LogVerdict verdict, audit::verify_log(files, key, std::nullopt));
  if (!verdict.damage.empty())
    return fail(ErrorCode::invalid_request,
                std::format("The log in {} is damaged: {}.", folder.string(), verdict.damage[0]));
  for (const audit::ReceiptAttempt& attempt : receipt.attempts) {
    if (static_cast<std::uint64_t>(attempt.intent.index) >= verdict.checkpoint.tree.size)
      return fail(ErrorCode::not_found, std::format("The log in {} ends before this receipt.", folder.string()));
  }
  constexpr std::chrono::seconds on_its_way{5};
  return audit::check_not_superseded(receipt, entries_in(files, verdict.checkpoint.tree.size), on_its_way);
}

std::string_view word(audit::Standing standing) {
  return standing == audit::Standing::included   ? "included"
         : standing == audit::Standing::promised ? "promised"
                                                 : "overdue";
}

}  // namespace

int verify_receipt(const Common& common, const VerifyWanted& wanted) {
  audit::Receipt receipt;
  std::optional<Witnessed> witnessed;  // none: there is no checkpoint yet
  auto verified = [&]() -> Result<audit::ReceiptVerdict> {
    TRY_ASSIGN(std::string text, text_in(wanted.what));
    TRY_ASSIGN(receipt, audit::parse_receipt(text));
    TRY_ASSIGN(CheckedBy by, checked_by(common, wanted));
    TRY_ASSIGN(audit::ReceiptVerdict verdict, audit::verify_receipt(receipt, by.key, system_clock().now()));
    TRY(check_contents(receipt, wanted));
    TRY(check_with_log(receipt, wanted.log, by.key));
    if (wanted.replay) TRY(replay(receipt));
    if (!receipt.checkpoint.empty()) {
      TRY_ASSIGN(witnessed, look_at_witnesses(receipt.checkpoint, by.key, by.policy));
    }
    return verdict;
  }();
  if (!verified) return report(verified.error(), common.json);
  bool good = verified->standing != audit::Standing::overdue && (witnessed ? witnessed->good() : wanted.policy.empty());
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("request").string(receipt.request).key("standing").string(word(verified->standing));
    json.key("attempts").number(static_cast<std::int64_t>(receipt.attempts.size()));
    json.key("replayed").boolean(wanted.replay);
    if (witnessed) add_witnessed(json, *witnessed);
    json.end_object();
    std::printf("%s\n", out.c_str());
    return good ? 0 : 1;
  }
  std::printf("receipt of %s\nsignature  holds\nlog        %s\n", receipt.request.c_str(), in_words(*verified).c_str());
  if (witnessed) {
    print_witnessed(*witnessed, 11);
  } else if (!wanted.policy.empty()) {
    std::printf("witnesses  cannot be judged before the receipt is in the log\n");
  }
  if (!wanted.request.empty()) std::printf("request    is the one in %s\n", wanted.request.c_str());
  if (!wanted.answer.empty()) std::printf("answer     is the one in %s\n", wanted.answer.c_str());
  if (!wanted.body.empty()) std::printf("body       is the one in %s\n", wanted.body.c_str());
  if (!wanted.log.empty()) std::printf("facts      and policies are those that the log had then\n");
  if (wanted.replay) std::printf("decision   run again: the same verdicts in the same order\n");
  for (const audit::ReceiptAttempt& attempt : receipt.attempts) print_attempt(attempt);
  return good ? 0 : 1;
}

}  // namespace entente::app
