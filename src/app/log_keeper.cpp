#include "app/log_keeper.hpp"

#include <algorithm>
#include <chrono>

#include "audit/day_head.hpp"
#include "audit/receipt.hpp"
#include "base/log.hpp"

namespace entente::app {

namespace {
constexpr std::size_t most_at_once = 4096;  // entries in memory
constexpr std::chrono::minutes promised_within{1};
constexpr std::chrono::milliseconds between{200};  // two looks at the journal
}  // namespace

LogKeeper::LogKeeper(const std::filesystem::path& folder, std::shared_ptr<store::Store> store)
    : files_(folder), store_(std::move(store)) {}

Result<std::unique_ptr<LogKeeper>> LogKeeper::open(const std::filesystem::path& folder, std::string_view origin,
                                                   std::shared_ptr<store::Store> store) {
  TRY_ASSIGN(audit::NoteSigner signer, store::log_signer(folder / "key", origin));
  auto keeper = std::unique_ptr<LogKeeper>(new LogKeeper(folder, std::move(store)));
  keeper->public_key_ = signer.verifier().text();
  TRY_ASSIGN(keeper->log_, audit::Log::open(std::move(signer), keeper->files_, [journal = keeper->store_](auto first) {
               return journal->journal(first, most_at_once);
             }));
  TRY(keeper->files_.write("public-key", keeper->public_key_ + "\n"));
  keeper->publish();
  keeper->thread_ = std::thread([self = keeper.get()] { self->loop(); });
  return keeper;
}

namespace {

audit::ReceiptEntry receipt_entry(const store::SealedEntry& sealed) {
  audit::ReceiptEntry entry{
      .index = sealed.index, .entry = sealed.text, .record = sealed.record, .salt = {}, .proof = {}};
  if (sealed.salt.size() == entry.salt.size()) std::ranges::copy(sealed.salt, entry.salt.begin());
  return entry;
}

}  // namespace

Result<std::string> LogKeeper::receipt(const std::string& request, const std::vector<store::SealedAttempt>& attempts) {
  audit::Receipt receipt{.request = request, .attempts = {}, .promise = {}, .checkpoint = {}};
  for (const store::SealedAttempt& attempt : attempts) {
    receipt.attempts.push_back({.intent = receipt_entry(attempt.intent), .outcome = {}});
    if (attempt.outcome) receipt.attempts.back().outcome = receipt_entry(*attempt.outcome);
    for (const store::SealedEntry& one : attempt.stated) receipt.attempts.back().stated.push_back(receipt_entry(one));
    receipt.attempts.back().candidates = audit::open_texts(attempt.candidates, attempt.secret);
  }
  const audit::NoteSigner& signer = log_->signer();
  std::string origin = signer.verifier().name();
  receipt.promise = signer.sign(audit::promise_text(receipt, origin, system_clock().now() + promised_within));

  TRY_ASSIGN(auto note, files_.read(audit::checkpoint_path));
  if (!note) return audit::receipt_text(receipt);
  TRY_ASSIGN(audit::Checkpoint checkpoint, audit::open_checkpoint(*note, signer.verifier()));
  std::uint64_t size = checkpoint.tree.size;
  audit::ReadSubtree read = audit::subtrees_in(size, audit::tiles_in(files_));
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
  return audit::receipt_text(receipt);
}

Result<std::optional<std::string>> LogKeeper::day_head(const store::SealedEntry& sealed) {
  audit::HeldHead held{.entry = receipt_entry(sealed), .checkpoint = {}};
  TRY_ASSIGN(auto note, files_.read(audit::checkpoint_path));
  if (!note) return std::nullopt;
  TRY_ASSIGN(audit::Checkpoint checkpoint, audit::open_checkpoint(*note, log_->signer().verifier()));
  auto index = static_cast<std::uint64_t>(held.entry.index);
  if (index >= checkpoint.tree.size) return std::nullopt;
  audit::ReadSubtree read = audit::subtrees_in(checkpoint.tree.size, audit::tiles_in(files_));
  TRY_ASSIGN(held.entry.proof, audit::prove_inclusion(index, checkpoint.tree.size, read));
  held.checkpoint = *std::move(note);
  return audit::held_head_text(held);
}

std::string LogKeeper::sign_head(const audit::StreamHead& head) const {
  const audit::NoteSigner& signer = log_->signer();
  return audit::signature_of(signer.sign(audit::head_text(head, signer.verifier().name())));
}

LogKeeper::~LogKeeper() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogKeeper::loop() {
  std::uint64_t seen = 0;
  while (true) {
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, between, [this] { return stopping_; });
      stopping = stopping_;
    }
    if (std::uint64_t written = store_->journal_writes(); written != seen || !healthy_) {
      publish();
      if (healthy_) seen = written;
    }
    if (stopping) return;
  }
}

void LogKeeper::publish() {
  Result<bool> published = log_->publish();
  if (!published && healthy_) {
    log::error("The transparency log could not be published; it is tried again.",
               {{"error", published.error().message}, {"details", published.error().details}});
  } else if (published && !healthy_) {
    log::info("The transparency log is published again.", {{"entries", log_->checkpoint().tree.size}});
  }
  healthy_ = published.has_value();
}

}  // namespace entente::app
