#include "app/records/receipts.hpp"

#include <utility>

#include "audit/receipts/cose.hpp"
#include "audit/receipts/receipt.hpp"
#include "audit/tree/tiles.hpp"
#include "base/clock.hpp"

namespace entente::app {

namespace {

constexpr std::chrono::minutes promised_within{1};

audit::ReceiptEntry receipt_entry(const store::SealedEntry& sealed) {
  return {.index = sealed.index, .entry = sealed.text, .record = sealed.record, .salt = sealed.salt, .proof = {}};
}

}  // namespace

Result<std::string> make_receipt(const audit::NoteSigner& signer, audit::Files& files, const std::string& request,
                                 const std::vector<store::SealedAttempt>& attempts) {
  audit::Receipt receipt{.request = request, .attempts = {}, .promise = {}, .checkpoint = {}};
  for (const store::SealedAttempt& attempt : attempts) {
    receipt.attempts.push_back({.intent = receipt_entry(attempt.intent), .outcome = {}});
    if (attempt.outcome) receipt.attempts.back().outcome = receipt_entry(*attempt.outcome);
    for (const store::SealedEntry& one : attempt.stated) receipt.attempts.back().stated.push_back(receipt_entry(one));
    receipt.attempts.back().candidates = audit::open_texts(attempt.candidates, attempt.secret);
  }
  std::string origin = signer.verifier().name();
  receipt.promise = signer.sign(audit::promise_text(receipt, origin, system_clock().now() + promised_within));

  TRY_ASSIGN(auto note, files.read(audit::checkpoint_path));
  if (!note) return audit::receipt_text(receipt);
  TRY_ASSIGN(audit::Checkpoint checkpoint, audit::open_checkpoint(*note, signer.verifier()));
  std::uint64_t size = checkpoint.tree.size;
  audit::ReadSubtree read = audit::subtrees_in(size, audit::tiles_in(files));
  for (audit::ReceiptAttempt& attempt : receipt.attempts) {
    std::vector<audit::ReceiptEntry*> entries{&attempt.intent};
    if (attempt.outcome) entries.push_back(&*attempt.outcome);
    for (audit::ReceiptEntry& one : attempt.stated) entries.push_back(&one);
    for (audit::ReceiptEntry* entry : entries) {
      auto index = static_cast<std::uint64_t>(entry->index);
      if (index >= size) return audit::receipt_text(receipt);  // without checkpoint, proofs say nothing
      TRY_ASSIGN(entry->proof, audit::prove_inclusion(index, size, read));
    }
  }
  receipt.checkpoint = *std::move(note);
  receipt.cose = audit::sign_root(signer, checkpoint.tree.root);
  return audit::receipt_text(receipt);
}

Result<std::optional<std::string>> make_held(const audit::NoteSigner& signer, audit::Files& files, audit::HeldKind kind,
                                             const store::SealedEntry& sealed) {
  audit::HeldEntry held{.kind = kind, .entry = receipt_entry(sealed), .checkpoint = {}};
  TRY_ASSIGN(auto note, files.read(audit::checkpoint_path));
  if (!note) return std::nullopt;
  TRY_ASSIGN(audit::Checkpoint checkpoint, audit::open_checkpoint(*note, signer.verifier()));
  auto index = static_cast<std::uint64_t>(held.entry.index);
  if (index >= checkpoint.tree.size) return std::nullopt;
  audit::ReadSubtree read = audit::subtrees_in(checkpoint.tree.size, audit::tiles_in(files));
  TRY_ASSIGN(held.entry.proof, audit::prove_inclusion(index, checkpoint.tree.size, read));
  held.checkpoint = *std::move(note);
  return audit::held_text(held);
}

}  // namespace entente::app
