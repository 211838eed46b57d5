// `entente receipt …`: receipts that somebody holds, made into what others can use.
#include "audit/receipts/receipt.hpp"

#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "audit/receipts/cose.hpp"

namespace entente::app {

namespace {

namespace fs = std::filesystem;

// The entry as the log hashes it, and the way from it to the checkpoint.
Result<> write_proof(const fs::path& folder, const audit::ReceiptEntry& entry, const audit::Receipt& receipt) {
  std::string name = folder / std::to_string(entry.index);
  auto index = static_cast<std::uint64_t>(entry.index);
  TRY(write_text(name + ".entry", entry.entry));
  TRY(write_text(name + ".tlog-proof",
                 audit::proof_file_text({.index = index, .proof = entry.proof, .checkpoint = receipt.checkpoint})));
  if (receipt.cose.empty()) return {};
  TRY_ASSIGN(std::string cose, audit::cose_receipt(receipt.checkpoint, receipt.cose, index, entry.proof));
  return write_text(name + ".cose", cose);
}

}  // namespace

int receipt_disclose(const Common& common, const DiscloseWanted& wanted) {
  auto disclosed = [&]() -> Result<audit::Receipt> {
    TRY_ASSIGN(std::string text, text_in(wanted.receipt));
    TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
    return audit::disclose_only(std::move(receipt), wanted.only,
                                wanted.without_policies ? audit::PolicyTexts::left_out : audit::PolicyTexts::kept);
  }();
  if (!disclosed) return report(disclosed.error(), common.json);
  std::printf("%s\n", audit::receipt_text(*disclosed).c_str());
  return 0;
}

int receipt_proofs(const Common& common, const ProofsWanted& wanted) {
  std::size_t count = 0;
  bool cose = false;  // receipts had no signature for it at first
  Result<> written = [&]() -> Result<> {
    TRY_ASSIGN(std::string text, text_in(wanted.receipt));
    TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
    if (receipt.checkpoint.empty()) {
      return fail(ErrorCode::invalid_request,
                  "The receipt is a promise only: fetch it again when its entries are in the log, a second later.");
    }
    cose = !receipt.cose.empty();
    std::error_code failure;
    fs::create_directories(wanted.folder, failure);
    for (const audit::ReceiptAttempt& attempt : receipt.attempts) {
      TRY(write_proof(wanted.folder, attempt.intent, receipt));
      ++count;
      if (!attempt.outcome) continue;
      TRY(write_proof(wanted.folder, *attempt.outcome, receipt));
      ++count;
    }
    return {};
  }();
  if (!written) return report(written.error(), common.json);
  if (common.json) {
    std::printf("{\"proofs\":%zu}\n", count);
  } else {
    std::printf("%zu proofs in %s, each beside its entry INDEX.entry: INDEX.tlog-proof (C2SP tlog-proof)%s.\n", count,
                wanted.folder.c_str(), cose ? ", INDEX.cose (RFC 9942)" : "");
  }
  return 0;
}

}  // namespace entente::app
